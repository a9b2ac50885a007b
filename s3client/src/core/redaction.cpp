// s3client: secrets taken out of texts.
#include "redaction.hpp"

#include <algorithm>

namespace sluice::s3 {

void redact(std::string& text, std::string_view secret) {
    constexpr std::string_view instead = "[redacted]";
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + instead.size()))
        text.replace(at, secret.size(), instead);
    // Texts are cut to a length: what is left of a secret then is still one.
    constexpr std::size_t telling = 4;
    for (std::size_t n = std::min(secret.size() - 1, text.size()); n >= telling; --n)
        if (text.ends_with(secret.substr(0, n)))
            return static_cast<void>(text.replace(text.size() - n, n, instead));
}

} // namespace sluice::s3
