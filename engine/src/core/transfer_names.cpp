// engine: by which name the journal knows a transfer.
#include "transfer_names.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

namespace sluice {

std::string derived_name(const std::string& kind, const std::vector<std::string>& identity) {
    std::string all = kind;
    for (const std::string& each : identity)
        all += '\0' + each;
    const sha256_digest digest = sha256(as_bytes(all));
    return kind + "-" + hex(bytes_view(digest).first(6));
}

} // namespace sluice
