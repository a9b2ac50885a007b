// base: digests and random bytes. The only file of the cores that knows OpenSSL.
#define OPENSSL_SUPPRESS_DEPRECATED // see sha256_of
#include <sluice/base/hash.hpp>
#include <sluice/base/legacy_hash.hpp>
#include <sluice/base/text.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace {

/// OpenSSL fails here only without memory or with a broken installation: nothing to continue with.
void must(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

/// One kind of digest, found once: what OpenSSL spends on that is more than a short text costs.
class digest_kind {
  public:
    explicit digest_kind(const char* name) : kind_(EVP_MD_fetch(nullptr, name, nullptr)) {
        must(kind_ != nullptr, name);
    }
    const EVP_MD* get() const { return kind_; }

  private:
    EVP_MD* kind_; // never freed: threads may end after statics are gone
};

const EVP_MD* sha256_kind() {
    static const digest_kind kind("SHA256");
    return kind.get();
}

/// Of `first` and then `second`. By the functions that OpenSSL calls deprecated: each text that
/// goes through EVP costs memory from the heap and the way to its provider, more than hashing a
/// short one does.
sha256_digest sha256_of(bytes_view first, bytes_view second) {
    SHA256_CTX state;
    sha256_digest out;
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    must(SHA256_Init(&state) == 1, "sha256");
    must(SHA256_Update(&state, first.data(), first.size()) == 1, "sha256");
    must(SHA256_Update(&state, second.data(), second.size()) == 1, "sha256");
    must(SHA256_Final(to, &state) == 1, "sha256");
    return out;
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
    return sha256_of(data, bytes_view());
}

std::array<std::byte, 16> md5(bytes_view data) {
    return digest<16>(data, EVP_md5(), "md5");
}

/// RFC 2104, on the digest above: OpenSSL's own way of it costs several times as much.
sha256_digest hmac_sha256(bytes_view key, bytes_view data) {
    constexpr std::size_t block = 64;
    constexpr std::byte inner{0x36}, outer{0x5c};
    std::array<std::byte, block> padded{};
    sha256_digest short_key;
    if (key.size() > block) {
        short_key = sha256(key);
        key = short_key;
    }
    std::copy(key.begin(), key.end(), padded.begin());
    for (std::byte& each : padded)
        each ^= inner;
    const sha256_digest first = sha256_of(padded, data);
    for (std::byte& each : padded)
        each ^= inner ^ outer;
    return sha256_of(padded, first);
}

sha256_stream::sha256_stream() : context_(EVP_MD_CTX_new()) {
    auto* context = static_cast<EVP_MD_CTX*>(context_);
    if (context == nullptr) throw std::bad_alloc();
    must(EVP_DigestInit_ex(context, sha256_kind(), nullptr) == 1, "sha256");
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
