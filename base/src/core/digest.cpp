// base: digests and random bytes. The only file of the cores that knows OpenSSL.
#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace {

/// OpenSSL fails here only without memory or with a broken installation: nothing to continue with.
void must(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

template <std::size_t Size>
std::array<std::byte, Size> digest(bytes_view data, const EVP_MD* kind, const char* what) {
    std::array<std::byte, Size> out;
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    must(EVP_Digest(data.data(), data.size(), to, nullptr, kind, nullptr) == 1, what);
    return out;
}

template <class Word>
std::string big_endian_base64(Word value) {
    std::array<std::byte, sizeof(Word)> bytes;
    for (auto i = bytes.size(); i-- > 0; value >>= 8)
        bytes[i] = static_cast<std::byte>(value);
    return base64(bytes);
}

} // namespace

std::string crc64_base64(std::uint64_t crc) {
    return big_endian_base64(crc);
}

std::string crc32_base64(std::uint32_t crc) {
    return big_endian_base64(crc);
}

sha256_digest sha256(bytes_view data) {
    return digest<32>(data, EVP_sha256(), "sha256");
}

std::array<std::byte, 16> md5(bytes_view data) {
    return digest<16>(data, EVP_md5(), "md5");
}

sha256_digest hmac_sha256(bytes_view key, bytes_view data) {
    sha256_digest out;
    static constexpr unsigned char empty_key = 0;
    const void* key_at = key.empty() ? static_cast<const void*>(&empty_key) : key.data();
    const auto* from = reinterpret_cast<const unsigned char*>(data.data());
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    const auto key_size = static_cast<int>(key.size());
    const auto* done = HMAC(EVP_sha256(), key_at, key_size, from, data.size(), to, nullptr);
    must(done != nullptr, "hmac");
    return out;
}

sha256_stream::sha256_stream() : context_(EVP_MD_CTX_new()) {
    auto* context = static_cast<EVP_MD_CTX*>(context_);
    if (context == nullptr) throw std::bad_alloc();
    must(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "sha256");
}

sha256_stream::~sha256_stream() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

sha256_stream::sha256_stream(sha256_stream&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

sha256_stream& sha256_stream::operator=(sha256_stream&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}

void sha256_stream::update(bytes_view data) {
    auto* context = static_cast<EVP_MD_CTX*>(context_);
    must(EVP_DigestUpdate(context, data.data(), data.size()) == 1, "sha256");
}

sha256_digest sha256_stream::finish() {
    sha256_digest out;
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    must(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), to, nullptr) == 1, "sha256");
    return out;
}

md5_stream::md5_stream() : context_(EVP_MD_CTX_new()) {
    auto* context = static_cast<EVP_MD_CTX*>(context_);
    if (context == nullptr) throw std::bad_alloc();
    must(EVP_DigestInit_ex(context, EVP_md5(), nullptr) == 1, "md5");
}

md5_stream::~md5_stream() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

md5_stream::md5_stream(md5_stream&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

md5_stream& md5_stream::operator=(md5_stream&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}

void md5_stream::update(bytes_view data) {
    auto* context = static_cast<EVP_MD_CTX*>(context_);
    must(EVP_DigestUpdate(context, data.data(), data.size()) == 1, "md5");
}

std::array<std::byte, 16> md5_stream::finish() {
    std::array<std::byte, 16> out;
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    must(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), to, nullptr) == 1, "md5");
    return out;
}

byte_vector random_bytes(std::size_t n) {
    byte_vector bytes(n);
    auto* to = reinterpret_cast<unsigned char*>(bytes.data());
    must(RAND_bytes(to, static_cast<int>(n)) == 1, "random");
    return bytes;
}

} // namespace sluice
