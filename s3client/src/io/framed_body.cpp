// s3client: chunk heads and the trailer between pieces of a body.
#include "framed_body.hpp"

#include "../core/checksum_headers.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::s3 {

namespace {

/// For the longest head: 16 digits, signature, line ends.
constexpr std::size_t room_for_head = 128;

} // namespace

framed_body::framed_body(
    body_source& from,
    const chunked_shape& shape,
    chunk_signer chain,
    checksum::kind trailer,
    std::string& room
)
    : from_(from),
      shape_(shape),
      frames_(shape, std::move(chain)),
      running_(trailer),
      text_(room) {}

void framed_body::rewind() {
    BOOST_ASSERT_MSG(false, "a frame is good for one try");
}

/// Empty when the source ends before its size: whoever sends knows what that means.
task<result<bytes_view>> framed_body::next(std::size_t most) {
    if (!ready_.empty()) co_return take(most);
    if (left_ > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_));
        auto piece = co_await from_.next(wanted);
        if (!piece) co_return piece;
        if (piece->size() > wanted) co_return bytes_view();
        running_.update(*piece);
        left_ -= piece->size();
        co_return piece;
    }
    if (frames_.next_size() == 0) {
        end();
    } else if (shape_.is_signed) {
        const auto whole = co_await collect_signed_chunk();
        if (!whole) co_return whole.error();
    } else {
        left_ = frames_.next_size();
        text_ = frames_.before(sha256_digest());
        ready_ = as_bytes(text_);
    }
    co_return take(most);
}

bytes_view framed_body::take(std::size_t most) {
    const bytes_view piece = ready_.first(std::min(most, ready_.size()));
    ready_ = ready_.subspan(piece.size());
    return piece;
}

/// Nothing is ready afterwards when the source was shorter than it said.
task<result<void>> framed_body::collect_signed_chunk() {
    const auto size = static_cast<std::size_t>(frames_.next_size());
    chunk_.resize(room_for_head + size);
    const bytes_span data = bytes_span(chunk_).subspan(room_for_head);
    for (std::size_t filled = 0; filled < size;) {
        const std::size_t wanted = size - filled;
        const auto piece = co_await from_.next(wanted);
        if (!piece) co_return piece.error();
        if (piece->empty() || piece->size() > wanted) co_return result<void>();
        std::memcpy(data.data() + filled, piece->data(), piece->size());
        filled += piece->size();
    }
    running_.update(data);
    const sha256_digest digest = sha256(data);
    const std::string head = frames_.before(digest);
    BOOST_ASSERT(head.size() <= room_for_head);
    const std::size_t first = room_for_head - head.size();
    std::memcpy(chunk_.data() + first, head.data(), head.size());
    ready_ = bytes_view(chunk_).subspan(first);
    co_return result<void>();
}

void framed_body::end() {
    if (ended_) return;
    ended_ = true;
    sum_ = running_.finish();
    const bool told = sum_.algorithm != checksum::kind::none;
    frames_.end(told ? encode_checksum(sum_) : std::string(), text_);
    ready_ = as_bytes(text_);
}

} // namespace sluice::s3
