// engine: one partition in one format: shapes of its blocks, and their bytes through the shared
// cache.
#include "block_source.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_length.hpp>

#include <utility>

namespace sluice {

namespace {

/// Shapes are small; this many cover 1 GiB of the smallest blocks.
constexpr std::size_t shapes_remembered = 4096;

failure changed_since_first_reading(const format_context& context, position at) {
    failure why;
    why.code = stream_errc::diverged;
    why.where = "stream " + context.stream + ", " + to_string(at) +
                ": a second reading gave other bytes than the first";
    return why;
}

/// An upper bound that costs nothing. In JSON a byte of a value becomes six at most, the two of an
/// empty header 24; the names of the members come with every record.
std::uint64_t expanded_bytes(object_encoding encoding, const block_outline& outline) {
    if (encoding.codec == object_codec::none) return 0;
    if (encoding.format != object_format::ndjson) return outline.body_bytes;
    return 12 * outline.body_bytes + std::uint64_t{160} * outline.records;
}

bool fits(const block_shape& shape, const buffer& bytes) {
    const std::uint64_t end = shape.skipped + shape.bytes;
    return shape.cut_from ? bytes.size() >= end : bytes.size() == end;
}

} // namespace

block_source::block_source(
    reader& from,
    block_cache& cache,
    std::uint32_t id,
    object_encoding encoding,
    format_context context,
    position end
)
    : from_(from),
      cache_(cache),
      id_(id),
      encoding_(encoding),
      context_(std::move(context)),
      header_(sluice::object_header(encoding, context_)),
      end_(end) {}

void block_source::follow(std::optional<position> limit) {
    limit_ = limit;
    final_ = false;
    end_moved_to(end_);
}

void block_source::end_moved_to(position end) {
    if (final_) return;
    final_ = limit_ && end >= *limit_;
    end_ = final_ ? *limit_ : end;
}

block_shape block_source::header_shape() const {
    block_shape shape;
    shape.bytes = header_.size();
    shape.crc64nvme = crc64nvme(header_);
    return shape;
}

block_cache::key block_source::cache_key(const block_outline& outline) const {
    return {id_, outline.first.partition, outline.first.sequence, outline.first.offset};
}

void block_source::remember(shared_shape shape) {
    const position first = shape->outline.first;
    shapes_[first] = std::move(shape);
    if (shapes_.size() > shapes_remembered) shapes_.erase(shapes_.begin());
}

task<result<shared_shape>> block_source::shape(position from, position end) {
    const bool exact = cut_at_bytes(encoding_);
    auto shaped = exact ? exact_shape(from, end) : whole_shape(from, end);
    co_return co_await std::move(shaped);
}

task<result<shared_shape>> block_source::whole_shape(position from, position end) {
    const auto known = shapes_.find(from);
    // A block that was cut short by another end than the one asked for is another block.
    if (known != shapes_.end() && known->second->outline.next <= end) {
        const block_outline& outline = known->second->outline;
        if (outline.on_grid || outline.next == end) co_return known->second;
    }
    auto outlined = co_await from_.outline(from, end);
    if (!outlined) co_return outlined.error();
    block_shape shape;
    shape.outline = *outlined;
    if (shape.outline.next == shape.outline.first)
        co_return std::make_shared<const block_shape>(std::move(shape));

    if (const auto computed = computable_shape(encoding_, context_, shape.outline)) {
        shape.bytes = computed->bytes;
        shape.crc64nvme = computed->crc64nvme;
    } else {
        // Only encoding tells. The bytes stay in the cache for those who will send them soon.
        auto made = co_await make(shape.outline, users_);
        if (!made) co_return made.error();
        shape.bytes = (*made)->size();
        shape.crc64nvme = crc64nvme((*made)->view());
        shape.expanded = expanded_bytes(encoding_, shape.outline);
    }
    shared_shape shared = std::make_shared<const block_shape>(std::move(shape));
    remember(shared);
    co_return shared;
}

task<result<shared_block>> block_source::bytes(const block_shape& shape) {
    auto block = bytes_for(shape, users_, verified::here);
    co_return co_await std::move(block);
}

task<result<shared_block>> block_source::bytes_once(const block_shape& shape, verified by) {
    auto block = bytes_for(shape, 0, by);
    co_return co_await std::move(block);
}

task<result<std::uint64_t>>
block_source::crc_within(const block_shape& shape, std::uint64_t begin, std::uint64_t end) {
    const auto cut = std::make_tuple(shape.whole().first, shape.whole().next, begin, end);
    const auto known = cuts_.find(cut);
    if (known != cuts_.end()) co_return known->second;
    auto block = co_await bytes(shape);
    if (!block) co_return block.error();
    const std::uint64_t crc = crc64nvme((*block)->view().subspan(begin, end - begin));
    if (cuts_.size() >= shapes_remembered) cuts_.erase(cuts_.begin());
    cuts_[cut] = crc;
    co_return crc;
}

task<result<shared_block>>
block_source::bytes_for(const block_shape& shape, unsigned users, verified by) {
    const block_outline& whole = shape.whole();
    const bool computable = has_computable_shape(encoding_);
    shared_block block = cache_.find(cache_key(whole));
    // One that can be computed may be there for somebody whose store verifies it.
    const bool known = by == verified::by_store || !computable;
    if (block && (known ? fits(shape, *block) : are_of(shape, *block))) co_return block;
    auto made = co_await make(whole, users, computable ? by : verified::here);
    if (!made) co_return made.error();
    block = *made;
    // A computable block was checked batch by batch while it was read, or will be; others are
    // compared as a whole.
    if (computable ? fits(shape, *block) : are_of(shape, *block)) co_return block;
    co_return changed_since_first_reading(context_, shape.outline.first);
}

bool block_source::are_of(const block_shape& shape, const buffer& bytes) {
    return fits(shape, bytes) &&
           crc64nvme(bytes.view().subspan(shape.skipped, shape.bytes)) == shape.crc64nvme;
}

/// Of an event that goes on behind the block: nothing of it is to be sent before it is known that
/// all of it can be.
task<result<void>> block_source::learn_rest(const block_outline& outline, open_block& block) {
    if (needs_open_length(encoding_.format, outline)) {
        auto length = co_await event_length(from_, outline.next);
        if (!length) co_return length.error();
        block.open_length = *length;
    }
    const bool lines = encoding_.format == object_format::lines && begins_open_event(outline);
    if (!lines || fits_ == outline.next) co_return result<void>();
    auto fits = co_await check_rest_fits(from_, encoding_.format, outline.next);
    if (fits) fits_ = outline.next;
    co_return fits;
}

task<result<shared_block>>
block_source::make(const block_outline& outline, unsigned users, verified by) {
    open_block block = begin_block(encoding_, context_, outline, cache_.memory());
    auto reading = by == verified::by_store ? from_.read_to_be_verified(outline, block.records)
                                            : from_.read(outline, block.records);
    auto read = co_await std::move(reading);
    if (!read) co_return read.error();
    bytes_read_ += outline.body_bytes;
    auto learnt = co_await learn_rest(outline, block);
    if (!learnt) co_return learnt.error();
    auto encoded = end_block(encoding_, context_, outline, std::move(block));
    if (!encoded) co_return encoded.error();
    co_return cache_.keep(cache_key(outline), std::move(*encoded), users);
}

} // namespace sluice
