// s3client: no byte of another object, none twice, none missing.
#include "range_progress.hpp"

#include "response_reader.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

failure refused_answer(s3_errc code, std::string what) {
    failure why;
    why.code = code;
    why.where = std::move(what);
    return why;
}

std::string describe_range(std::uint64_t first, std::uint64_t size) {
    return std::to_string(size) + " bytes from " + std::to_string(first);
}

} // namespace

get_request range_progress::next_request() const {
    get_request next = *asked_;
    if (!continues()) return next;
    next.range = wanted();
    next.if_match = object_.etag;
    next.only_if = read_conditions(); // they held for the first answer
    return next;
}

std::optional<byte_range> range_progress::wanted() const {
    if (!continues()) return asked_->range;
    byte_range rest;
    rest.first = first_ + arrived_;
    rest.size = size_ - arrived_;
    return rest;
}

result<content_range> range_progress::range_of(const response_head& head) const {
    const std::uint64_t length = *head.content_length;
    content_range range;
    if (head.status == 206) {
        const auto text = head.find("content-range");
        const auto read = text ? read_content_range(*text) : std::nullopt;
        if (!read) return refused_answer(s3_errc::unexpected_range, "a 206 without Content-Range");
        range = *read;
    } else {
        range.size = range.total = length;
    }
    if (length != range.size)
        return refused_answer(s3_errc::malformed_answer, "Content-Length and range differ");
    return range;
}

result<std::uint64_t> range_progress::begin(const response_head& head) {
    const auto coding = head.find("content-encoding");
    if (coding && *coding != "identity" && !coding->empty() && *coding != "aws-chunked" &&
        *coding != asked_->content_encoding)
        return refused_answer(
            s3_errc::malformed_answer,
            "the store answers with Content-Encoding " + std::string(*coding)
        );
    if (!head.content_length || head.chunked)
        return refused_answer(s3_errc::malformed_answer, "the answer does not tell its length");
    const auto range = range_of(head);
    if (!range) return range.error();
    const std::optional<byte_range> next = wanted();
    if (next && (range->first != next->first || range->size != next->size))
        return refused_answer(
            s3_errc::unexpected_range,
            "asked for " + describe_range(next->first, next->size) + ", got " +
                describe_range(range->first, range->size)
        );
    if (!next && head.status == 206)
        return refused_answer(s3_errc::unexpected_range, "a range came that nobody asked for");
    auto object = read_object_head(head);
    if (!object) return object.error();
    if (continues() && (object->etag != object_.etag || object->size != object_.size))
        return refused_answer(s3_errc::changed, "the object changed between two attempts");
    if (!continues()) {
        object_ = std::move(*object);
        first_ = range->first;
        size_ = range->size;
    }
    return range->size;
}

checksum range_progress::expected() const {
    if (asked_->expected.algorithm != checksum::kind::none) return asked_->expected;
    return object_.sum; // none is told of a part
}

void range_progress::restart() {
    arrived_ = 0;
}

void range_progress::interrupted() {
    if (object_.etag.empty()) arrived_ = 0;
}

} // namespace sluice::s3
