// engine: one piece of an object, brought into memory and checked.
#include "piece_fetch.hpp"

#include "../core/get_failures.hpp"
#include "span_sink.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr unsigned readings = 3;

/// Where a piece goes, and its checksum when it is there.
class piece_sink : public s3::body_sink {
  public:
    virtual std::uint64_t checksum() const = 0;
    /// Whether the bytes, right as they may be, have become what was to be made of them.
    virtual bool is_of_use() const = 0;
};

/// Side by side, as they come.
class plain_sink final : public piece_sink {
  public:
    explicit plain_sink(fetched_bytes& into) : bytes_(into.bytes), sum_(into.sum) {}

    result<void> begin(std::uint64_t size) override {
        sum_.restart();
        return bytes_.begin(size);
    }
    bytes_span room(std::size_t most) override { return bytes_.room(most); }
    result<void> took(std::size_t n) override {
        sum_.take(bytes_.room(n));
        return bytes_.took(n);
    }
    std::uint64_t checksum() const override { return sum_.value(); }
    bool is_of_use() const override { return bytes_.is_full(); }

  private:
    span_sink bytes_;
    crc64nvme_track& sum_;
};

/// Block by block, each where it will be appended from.
class block_sink final : public piece_sink {
  public:
    block_sink(fetched_bytes& into, const fetch_item& what, const piece_frames& frames)
        : into_(into), what_(what), frames_(frames) {}

    result<void> begin(std::uint64_t size) override {
        if (size != what_.size) return span_sink::of_another_length();
        into_.blocks->begin(into_.memory.span(), size, frames_.context, what_.first);
        return result<void>();
    }
    bytes_span room(std::size_t most) override { return into_.blocks->room(most); }
    result<void> took(std::size_t n) override {
        into_.blocks->took(n);
        return result<void>();
    }
    std::uint64_t checksum() const override { return into_.blocks->crc64nvme(); }
    bool is_of_use() const override { return into_.blocks->is_whole(); }

  private:
    fetched_bytes& into_;
    const fetch_item& what_;
    const piece_frames& frames_;
};

using frames_or_not = std::optional<piece_frames>;

std::unique_ptr<piece_sink>
make_sink(fetched_bytes& into, const fetch_item& what, const frames_or_not& frames) {
    if (frames) {
        into.bytes = {};
        into.blocks.emplace(frames->shape, frames->room_behind);
        into.memory.reset(
            into.blocks->memory_for(what.size), into.blocks->memory_for(frames->usual_bytes)
        );
        return std::make_unique<block_sink>(into, what, *frames);
    }
    into.blocks.reset();
    into.memory.reset(what.size, what.size);
    into.bytes = into.memory.span();
    return std::make_unique<plain_sink>(into);
}

failure damaged_piece(const import_source& from, const fetch_item& what, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "s3://" + from.where.bucket + "/" + join_key(from.where.folder, what.key) +
                ", bytes " + std::to_string(what.at) + " to " +
                std::to_string(what.at + what.size) + " (piece " + std::to_string(what.piece) +
                ", events " + to_string(what.first) + " up to " + to_string(what.next) +
                "): " + how;
    return why;
}

/// That is held.
std::uint64_t memory_of(const fetched_bytes& what) {
    return what.memory.held();
}

/// What a piece can have without memory being taken anew.
std::uint64_t room_of(const fetched_bytes& what) {
    return what.memory.capacity();
}

} // namespace

fetched_bytes idle_pieces::take(std::uint64_t size) {
    if (kept_.empty()) return fetched_bytes();
    const auto better = [size](const fetched_bytes& one, const fetched_bytes& other) {
        const std::uint64_t ours = memory_of(one), theirs = memory_of(other);
        const bool holds = ours >= size, other_holds = theirs >= size;
        if (holds != other_holds) return holds;
        return holds ? ours <= theirs : ours >= theirs;
    };
    auto best = kept_.begin();
    for (auto each = kept_.begin(); each != kept_.end(); ++each)
        if (better(*each, *best)) best = each;
    const bool none = room_of(*best) < size;
    if (none) best = kept_.begin();
    fetched_bytes taken = std::move(*best);
    kept_.erase(best);
    const std::uint64_t held = memory_of(taken);
    bytes_ -= held;
    if (none) return fetched_bytes();
    if (held > size) taken.unused = counted_share(unused_, held - size);
    return taken;
}

void idle_pieces::give(fetched_bytes&& done) {
    done.unused.leave();
    const std::uint64_t bytes = memory_of(done);
    if (bytes_ + *unused_ + bytes > most_) return;
    bytes_ += bytes;
    kept_.push_back(std::move(done));
}

void idle_pieces::clear() {
    kept_.clear();
    bytes_ = 0;
}

task<result<void>> fetch_piece(
    transfer_run& run,
    import_source& from,
    const fetch_item& what,
    fetched_bytes& into,
    const std::optional<piece_frames>& in_frames
) {
    std::unique_ptr<piece_sink> sink = make_sink(into, what, in_frames);
    into.sum.restart();
    if (what.size == 0) co_return result<void>(); // nulls and empty values are no bytes of `raw`
    s3::get_request request;
    request.bucket = from.where.bucket;
    request.key = join_key(from.where.folder, what.key);
    s3::byte_range range;
    range.first = what.at;
    range.size = what.size;
    request.range = range;
    std::string how = "its checksum is not the one committed";
    for (unsigned turn = 0; turn < readings;) {
        const auto known = from.etags.find(what.key);
        request.if_match = known == from.etags.end() ? "" : known->second;
        s3::body_sink& to = *sink;
        auto get = [&from, &request, &to] {
            return from.store.get(request, to, deadline::never());
        };
        auto got = co_await persistently(run, from.patient, from.seen.last_error, get);
        if (got && sink->checksum() == what.crc64nvme) {
            from.etags[what.key] = got->etag;
            if (sink->is_of_use()) co_return result<void>();
            sink = make_sink(into, what, std::nullopt); // who decodes it can say what it is
            continue;
        }
        ++turn;
        if (got) continue;
        const failure& why = got.error();
        if (why.code == s3::s3_errc::no_such_key)
            co_return damaged_piece(from, what, "the object is missing");
        // Another object stands at the key: whether it will do, the checksum decides.
        if (is_another_object(why))
            from.etags.erase(what.key);
        else if (why.code == s3::s3_errc::invalid_range)
            how = "the object is shorter than committed";
        else if (!is_unusable_answer(why))
            co_return why;
    }
    co_return damaged_piece(from, what, how);
}

} // namespace sluice
