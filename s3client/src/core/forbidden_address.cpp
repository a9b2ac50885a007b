// s3client: link-local, multicast and the like.
#include "forbidden_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace sluice::s3 {

namespace {

using octet = std::uint8_t;

bool is_forbidden_v4(const octet* bytes) {
    const bool this_network = bytes[0] == 0, link = bytes[0] == 169 && bytes[1] == 254;
    const bool many = bytes[0] >= 224 && bytes[0] < 240;
    const bool everybody = std::all_of(bytes, bytes + 4, [](octet each) { return each == 255; });
    return this_network || link || many || everybody;
}

template <std::size_t N>
bool begins_with(const std::array<octet, 16>& address, const std::array<octet, N>& prefix) {
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

bool is_forbidden_v6(const std::array<octet, 16>& bytes) {
    constexpr std::array<octet, 16> instance = {
        0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54};
    constexpr std::array<octet, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    constexpr std::array<octet, 12> translated = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
    constexpr std::array<octet, 16> nobody = {};
    const bool link = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    if (link || bytes[0] == 0xff || bytes == instance || bytes == nobody) return true;
    const bool carries_v4 = begins_with(bytes, mapped) || begins_with(bytes, translated);
    return carries_v4 && is_forbidden_v4(bytes.data() + 12);
}

} // namespace

bool is_forbidden_address(const std::string& address) {
    std::array<octet, 4> four{};
    if (::inet_pton(AF_INET, address.c_str(), four.data()) == 1)
        return is_forbidden_v4(four.data());
    std::array<octet, 16> six{};
    const std::string bare = address.substr(0, address.find('%')); // without the link's name
    return ::inet_pton(AF_INET6, bare.c_str(), six.data()) == 1 && is_forbidden_v6(six);
}

} // namespace sluice::s3
