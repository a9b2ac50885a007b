// s3sim: the frames of aws-chunked bodies.
#include "core/chunked_body.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::sim {

namespace chunked_detail {

constexpr std::size_t longest_line = 1024;
constexpr std::uint64_t least_chunk = 8 << 10;
constexpr std::string_view chunk_mark = ";chunk-signature=";
constexpr std::string_view trailer_mark = "x-amz-trailer-signature:";

refusal incomplete(std::string message) {
    return refuse(400, "IncompleteBody", "The body's chunks are malformed: " + message);
}

refusal bad_trailer(std::string message) {
    return refuse(400, "MalformedTrailerError", "The trailer is malformed: " + message);
}

refusal mismatch() {
    return refuse(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided."
    );
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    if (text.empty() || text.size() > 15 || !is_hex(text)) return std::nullopt;
    if (text.size() > 1 && text[0] == '0') return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text)
        value = value << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    return value;
}

} // namespace chunked_detail

using namespace chunked_detail;

chunk_decoder::chunk_decoder(const payload_claim& claim, std::uint64_t size, std::string trailer)
    : claim_(claim), left_to_come_(size), trailer_name_(std::move(trailer)) {}

outcome<chunk_decoder::step> chunk_decoder::next(bytes_view input) {
    step out;
    if (where_ == place::done) return incomplete("bytes behind the end");
    if (where_ == place::data) {
        out.used = std::min<std::uint64_t>(input.size(), left_in_chunk_);
        out.data = input.first(out.used);
        if (hash_) hash_->update(out.data);
        left_in_chunk_ -= out.used;
        if (left_in_chunk_ == 0) where_ = place::data_end;
        return out;
    }
    const auto text = as_text(input);
    const auto end = text.find('\n');
    out.used = end == text.npos ? text.size() : end + 1;
    line_ += text.substr(0, out.used);
    if (line_.size() > longest_line) return incomplete("a line is too long");
    if (end == text.npos) return out;
    if (!line_.ends_with("\r\n")) return incomplete("a line does not end with CRLF");
    line_.resize(line_.size() - 2);
    auto line = std::move(line_);
    line_.clear();
    if (auto good = take_line(std::move(line)); !good) return good.error();
    return out;
}

outcome<void> chunk_decoder::take_line(std::string line) {
    if (line.find('\r') != line.npos) return incomplete("a bare CR");
    if (where_ == place::head) return begin_chunk(line);
    if (where_ == place::trailer) return take_trailer(line);
    if (!line.empty()) return incomplete("a chunk is longer than it says");
    return end_chunk();
}

outcome<void> chunk_decoder::begin_chunk(const std::string& line) {
    const auto mark = std::min(line.find(';'), line.size());
    const auto size = parse_hex(std::string_view(line).substr(0, mark));
    if (!size) return incomplete("a chunk has no size");
    signature_.clear();
    if (claim_.signed_chunks) {
        if (!std::string_view(line).substr(mark).starts_with(chunk_mark))
            return incomplete("a chunk has no signature");
        signature_ = line.substr(mark + chunk_mark.size());
        if (signature_.size() != 64 || !is_hex(signature_))
            return incomplete("a chunk's signature is none");
        hash_.emplace();
    } else if (mark != line.size()) {
        return incomplete("an unsigned chunk has an extension");
    }
    if (*size > left_to_come_) return incomplete("more than x-amz-decoded-content-length says");
    left_to_come_ -= *size;
    left_in_chunk_ = *size;
    last_ = *size == 0;
    if (!last_ && short_before_)
        return refuse(
            403,
            "InvalidChunkSizeError",
            "Only the last chunk is allowed to have a size less than 8192 bytes"
        );
    short_before_ = *size < least_chunk;
    where_ = last_ ? place::trailer : place::data;
    // The last chunk's data is nothing: its signature can be looked at now.
    return last_ ? end_chunk() : outcome<void>();
}

outcome<void> chunk_decoder::end_chunk() {
    if (!last_) where_ = place::head;
    if (!claim_.signed_chunks) return {};
    static const auto nothing = hex(sha256(bytes_view()));
    const auto expected =
        chained("AWS4-HMAC-SHA256-PAYLOAD", nothing + '\n' + hex(hash_->finish()));
    if (expected != signature_) return mismatch();
    return {};
}

outcome<void> chunk_decoder::take_trailer(const std::string& line) {
    if (line.empty()) return end_all();
    if (!claim_.trailer) return bad_trailer("none was announced");
    if (!trailer_signature_.empty()) return bad_trailer("a line behind its signature");
    if (line.starts_with(trailer_mark)) {
        trailer_signature_ = line.substr(trailer_mark.size());
        if (!claim_.signed_chunks || !has_trailer_ || trailer_signature_.empty())
            return bad_trailer("a signature in the wrong place");
        return {};
    }
    const auto colon = std::min(line.find(':'), line.size());
    if (line.substr(0, colon) != trailer_name_ || has_trailer_)
        return bad_trailer("a header that was not announced, or twice");
    has_trailer_ = true;
    trailer_value_ = line.substr(std::min(colon + 1, line.size()));
    return {};
}

outcome<void> chunk_decoder::end_all() {
    if (left_to_come_ > 0) return incomplete("less than x-amz-decoded-content-length says");
    where_ = place::done;
    if (!claim_.trailer) return {};
    if (!has_trailer_) return bad_trailer("what was announced is missing");
    if (!claim_.signed_chunks) return {};
    const auto lines = trailer_name_ + ':' + trailer_value_ + '\n';
    const auto digest = sha256(as_bytes(lines));
    if (chained("AWS4-HMAC-SHA256-TRAILER", hex(digest)) != trailer_signature_) return mismatch();
    return {};
}

std::string chunk_decoder::chained(std::string_view kind, const std::string& rest) {
    auto& chain = claim_.chain;
    const auto text = std::string(kind) + '\n' + chain.date + '\n' + chain.scope + '\n' +
                      chain.before + '\n' + rest;
    const auto signature = hmac_sha256(chain.key, as_bytes(text));
    chain.before = hex(signature);
    return chain.before;
}

} // namespace sluice::sim
