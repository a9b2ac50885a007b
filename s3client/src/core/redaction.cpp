// s3client: secrets taken out of what others say.
#include "redaction.hpp"

namespace sluice::s3 {

void take_out(std::string& text, std::string_view secret) {
    constexpr std::size_t least = 8;
    constexpr std::string_view instead = "[secret]";
    if (secret.size() < least) return;
    for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + instead.size()))
        text.replace(at, secret.size(), instead);
}

} // namespace sluice::s3
