// s3client: string to sign and signature of chunks and trailers.
#include "sigv4_chunks.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::s3 {

chunk_signer::chunk_signer(
    const sha256_digest& key, std::string date, std::string scope, std::string seed
)
    : key_(key), date_(std::move(date)), scope_(std::move(scope)), before_(std::move(seed)) {}

std::string chunk_signer::chained(const std::string& kind, const std::string& rest) {
    const std::string to_sign = kind + "\n" + date_ + "\n" + scope_ + "\n" + before_ + "\n" + rest;
    const sha256_digest signature = hmac_sha256(key_, as_bytes(to_sign));
    before_ = hex(signature);
    return before_;
}

std::string chunk_signer::sign_chunk(const sha256_digest& data) {
    // The first hash is of headers that a chunk could have and never has.
    static const std::string nothing = hex(sha256(bytes_view()));
    return chained("AWS4-HMAC-SHA256-PAYLOAD", nothing + "\n" + hex(data));
}

std::string chunk_signer::sign_trailer(const header_list& trailer) {
    std::vector<header> sorted(trailer.begin(), trailer.end());
    std::sort(sorted.begin(), sorted.end(), [](const header& a, const header& b) {
        return a.name < b.name;
    });
    std::string lines;
    for (const header& each : sorted)
        lines.append(each.name).append(":").append(each.value).append("\n");
    const sha256_digest digest = sha256(as_bytes(lines));
    return chained("AWS4-HMAC-SHA256-TRAILER", hex(digest));
}

} // namespace sluice::s3
