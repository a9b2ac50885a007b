// s3client: chunk heads, their ends, and the trailer.
#include "aws_chunked.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view chunk_signature = ";chunk-signature=";
constexpr std::string_view trailer_signature = "x-amz-trailer-signature:";
constexpr std::size_t signature_size = 64;

std::string hex_number(std::uint64_t value) {
    std::string digits;
    do {
        digits += "0123456789abcdef"[value & 0xf];
        value >>= 4;
    } while (value != 0);
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::uint64_t size_of_head(std::uint64_t data, bool is_signed) {
    return hex_number(data).size() + line_end.size() +
           (is_signed ? chunk_signature.size() + signature_size : 0);
}

} // namespace

std::uint64_t encoded_size(const chunked_shape& shape) {
    const std::uint64_t whole = shape.size / shape.chunk, rest = shape.size % shape.chunk;
    std::uint64_t size = shape.size;
    size += whole * (size_of_head(shape.chunk, shape.is_signed) + line_end.size());
    if (rest > 0) size += size_of_head(rest, shape.is_signed) + line_end.size();
    size += size_of_head(0, shape.is_signed) + line_end.size();
    if (shape.trailer_name.empty()) return size;
    size += shape.trailer_name.size() + 1 + shape.trailer_size + line_end.size();
    if (shape.is_signed) size += trailer_signature.size() + signature_size + line_end.size();
    return size;
}

chunk_frames::chunk_frames(chunked_shape shape, chunk_signer chain)
    : shape_(shape), chain_(std::move(chain)) {}

std::uint64_t chunk_frames::next_size() const {
    return std::min(shape_.chunk, shape_.size - begun_);
}

std::string chunk_frames::head(std::uint64_t size, const sha256_digest& data) {
    std::string text(begun_ > 0 ? line_end : std::string_view());
    text += hex_number(size);
    if (shape_.is_signed) text.append(chunk_signature).append(chain_.sign_chunk(data));
    text.append(line_end);
    return text;
}

std::string chunk_frames::before(const sha256_digest& data) {
    const std::uint64_t size = next_size();
    BOOST_ASSERT(size > 0);
    std::string text = head(size, data);
    begun_ += size;
    return text;
}

std::string chunk_frames::end(std::string_view trailer_value) {
    std::string text;
    end(trailer_value, text);
    return text;
}

void chunk_frames::end(std::string_view trailer_value, std::string& text) {
    static const sha256_digest nothing = sha256(bytes_view());
    text = head(0, nothing);
    if (!shape_.trailer_name.empty()) {
        BOOST_ASSERT(trailer_value.size() == shape_.trailer_size);
        text.append(shape_.trailer_name).append(":").append(trailer_value).append(line_end);
        if (shape_.is_signed) {
            header_list trailer;
            trailer.push_back({shape_.trailer_name, trailer_value});
            text.append(trailer_signature).append(chain_.sign_trailer(trailer)).append(line_end);
        }
    }
    text.append(line_end);
}

} // namespace sluice::s3
