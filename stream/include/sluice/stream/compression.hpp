// stream: compressed runs of bytes, made in one go and taken apart in small portions.
#pragma once

#include <sluice/base/buffer.hpp>
#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/stream/encoding.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// Library, version and level: "zstd 1.5.4 level 3". Not for object_codec::none.
std::string compressor_name(object_codec codec);

/// Enough for what `size` bytes become.
std::size_t compressed_bound(object_codec codec, std::size_t size);
/// Compresses `from` into the front of `to` (at least compressed_bound) and returns how much of it
/// was taken. One gzip member, one zstd frame, or one raw deflate stream; the same input gives the
/// same bytes with the same compressor_name. Not for object_codec::none.
std::size_t compress(object_codec codec, bytes_view from, bytes_span to);

/// What compressed input may become, so that little input cannot be made much work: this many bytes
/// at once, and beyond them `most_expansion` for each byte of input.
inline constexpr std::uint64_t always_allowed_bytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t most_expansion = 1000;

/// Takes compressed input apart: members (frames, streams) one after the other, portion by portion.
///
/// Memory: one portion, and the codec's window (zstd: at most 8 MiB, declared or not).
class decompressor {
  public:
    virtual ~decompressor() = default;
    /// More input, to be taken before the next is given. `more` must stay until then.
    virtual void give(bytes_view more) = 0;
    /// The next bytes of content, at most 128 KiB, valid until the next call; empty when the input
    /// is used up. Errors: stream_errc::malformed with the byte offset in the input;
    /// errc::limit_exceeded for what expands more than is allowed.
    virtual result<bytes_view> take() = 0;
    /// The input so far is whole members, none is open.
    virtual bool at_member_end() const = 0;
};

/// Not for object_codec::none.
std::unique_ptr<decompressor> make_decompressor(object_codec codec);

/// One compressed block as a whole, of at most `limit` bytes of content. `into` grows as content
/// comes; what the input says of its size is not believed. Errors: as above.
result<bytes_view>
decompress_block(decompressor& source, bytes_view from, std::size_t limit, buffer& into);

} // namespace sluice
