// stream: how events are written down in objects. Pure: bytes in, bytes out.
#pragma once

#include <sluice/base/buffer.hpp>
#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>
#include <sluice/stream/batch.hpp>
#include <sluice/stream/encoding.hpp>
#include <sluice/stream/event.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What the header of every object of a partition depends on.
struct format_context {
    std::string stream;
    std::string incarnation;
    std::uint32_t partition = 0;
};

// --- records ------------------------------------------------------------------------------------

/// Appends the Avro encoding of one record (envelope of format version 1).
void append_avro_record(byte_vector& to, const record& what);

/// Walks the Avro records of a body. Never reads beyond it, allocates nothing but the header list.
class avro_record_cursor {
  public:
    explicit avro_record_cursor(bytes_view body) : left_(body), size_(body.size()) {}
    bool at_end() const { return left_.empty(); }
    std::size_t offset() const { return size_ - left_.size(); }
    /// Decodes the next record into `out` (re-using its header list). Errors:
    /// stream_errc::malformed, with the offset; the cursor is then unusable.
    result<void> next(record& out);

  private:
    bytes_view left_;
    std::size_t size_;
};

/// What a body of Avro records holds, checking its structure and order on the way (cheap: no record
/// is built). `first` is where the body must begin. Errors: stream_errc::malformed.
/// Where `first.offset` is 0 the first record may have a later sequence (sequences may be sparse).
result<record_batch> describe_body(bytes_view body, position first);
/// The same for a body whose CRC64NVME is known, and not computed again.
result<record_batch> describe_body(bytes_view body, position first, std::uint64_t body_crc64);

/// The position behind `last`: the next sequence, or, behind a fragment that is not its event's
/// last one, the same with a higher offset.
position position_after(std::uint32_t partition, const record& last);

// --- objects ------------------------------------------------------------------------------------

/// Bytes at the beginning of every object (Avro: the container header; others: none).
byte_vector object_header(object_encoding encoding, const format_context& context);

/// Whether size and CRC of an encoded block follow from its outline (Avro, codec none).
bool has_computable_shape(object_encoding encoding);
/// These, without the block's bytes; nullopt where they do not follow.
struct encoded_shape {
    std::uint64_t bytes = 0;
    std::uint64_t crc64nvme = 0;
};
std::optional<encoded_shape> computable_shape(
    object_encoding encoding, const format_context& context, const block_outline& outline
);

/// A block being made. The caller fills `records` (exactly `outline.body_bytes`), then closes the
/// block. For Avro without codec `records` lies inside `bytes`, so that a body lands where it is
/// sent from, uncopied.
struct open_block {
    buffer bytes;   ///< what will be sent
    buffer scratch; ///< the records, where the format rewrites them
    bytes_span records;
    /// For `delimited`, to be set where needs_open_length(): how long the value of the event is
    /// that begins in this block and goes on behind it.
    std::uint64_t open_length = 0;
};
/// An event begins in the block that goes on behind it.
bool begins_open_event(const block_outline& outline);
/// Whether the encoding of this block must know the length of an event that ends behind it.
bool needs_open_length(object_format format, const block_outline& outline);
/// `recycled` gives its memory to `bytes`.
open_block begin_block(
    object_encoding encoding,
    const format_context& context,
    const block_outline& outline,
    buffer recycled
);
/// The encoded block; deterministic. Errors: stream_errc::malformed when the records are not
/// records; too_large for a value that `delimited` cannot tell the length of (4 GiB - 1 and more);
/// unfit for one that holds a line feed and is to be a line. What lies behind the block is not
/// looked at: see fits.
result<buffer> end_block(
    object_encoding encoding,
    const format_context& context,
    const block_outline& outline,
    open_block block
);
/// The two halves of an Avro block around its body: count and size before, sync marker behind.
byte_vector avro_block_prefix(std::uint32_t records, std::uint64_t body_bytes);
std::array<std::byte, 16> avro_sync_marker(const format_context& context);

/// Decodes object bytes, piece by piece as they come (pieces end at block ends; the decoder takes
/// any cut), into batches of Avro records: each at most max_batch_bytes, each fragment alone in
/// its batch, all in the order of their positions.
///
/// Errors: stream_errc::malformed with the byte offset in what was fed (batches before that place
/// were delivered); too_large for a record that fits no batch; unsupported codec, schema or version
/// errc::unsupported_version; an object of another incarnation or partition stream_errc::diverged
/// (not compared when the context has no incarnation); errc::limit_exceeded for what expands beyond
/// the limits of docs/formats.md. After a failure: not to be used again.
/// Memory: an Avro block of at most 64 MiB and only while it is cut, a compressed one of at most
/// 16 MiB, a line of at most 32 MiB; declared sizes are not believed.
class object_decoder {
  public:
    virtual ~object_decoder() = default;
    /// Given batches as they are complete (NDJSON: when they reach block_grid_bytes); a batch is
    /// valid during the call only. Its body points into `more` where an Avro block lies whole in
    /// it. What it refuses ends the decoding.
    using deliver = std::function<result<void>(const record_batch& batch)>;
    virtual result<void> feed(bytes_view more, const deliver& to) = 0;
    /// The object, or the piece, has ended: delivers the rest. Errors: malformed when it ends
    /// inside a block or line.
    virtual result<void> finish(const deliver& to) = 0;
};

/// `first` is the position of the first byte fed. `at_block` tells that the bytes begin at a block
/// start inside an object (a piece), so no object header comes first (Avro: the sync marker is
/// known from context). Decompresses on the way. Of formats that keep values only, `first` must be
/// the beginning of an event; see value_decoder for what begins inside one.
std::unique_ptr<object_decoder> make_decoder(
    object_encoding encoding, const format_context& context, position first, bool at_block
);

/// The same for content that piece_content gives.
std::unique_ptr<object_decoder> make_content_decoder(
    object_encoding encoding, const format_context& context, position first, bool at_block
);

/// Takes a piece apart into portions for a decoder, so that whoever decodes can pause in between:
/// what the pieces expand to may be much larger than they are. Memory: 128 KiB, and the codec's
/// window.
class piece_content {
  public:
    virtual ~piece_content() = default;
    /// The next portion; empty when there is no more. Valid until the next call. Errors: malformed;
    /// errc::limit_exceeded.
    virtual result<bytes_view> next() = 0;
};
/// `bytes` must outlive it. `at_block` as for make_decoder.
std::unique_ptr<piece_content>
make_piece_content(object_encoding encoding, bytes_view bytes, bool at_block);

/// What an Avro object's own header says: for `inspect` and foreign objects.
struct avro_header {
    std::string codec;
    std::string schema;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::array<std::byte, 16> sync{};
    std::size_t size = 0; ///< bytes of the header
};
result<avro_header> read_avro_header(bytes_view start);

// --- events as JSON -----------------------------------------------------------------------------

/// One line of the event's JSON (members in envelope order, no spaces), with its '\n'.
void append_json_event(std::string& to, const record& what);

/// A record parsed from JSON; owns its bytes. Missing members are null; `sequence` is 0 when
/// missing.
class json_record {
  public:
    json_record();
    ~json_record();
    json_record(json_record&&) noexcept;
    json_record& operator=(json_record&&) noexcept;
    /// Parses one line. Errors: stream_errc::malformed, naming the member and what was expected.
    result<void> parse(std::string_view line);
    const record& get() const;
    bool has_sequence() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace sluice
