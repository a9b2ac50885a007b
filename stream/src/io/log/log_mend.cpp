// stream: giving up what is damaged, so that the rest can be used.
#include "log_mend.hpp"

#include "../../core/log_bytes.hpp"
#include "cursor_files.hpp"
#include "log_verify.hpp"
#include "log_writer.hpp"
#include "segment_make.hpp"
#include "segment_scan.hpp"
#include "slot_file.hpp"

#include <sluice/base/buffer.hpp>
#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::log {

namespace {

/// One partition, looked through from its end.
struct mending {
    const stream_place& at;
    const seed& with;
    std::uint32_t partition;
    std::vector<segment_place> segments; ///< by ordinal; some may be missing
    std::size_t kept = 0;                ///< of these, the first one that stays
    std::optional<watermark> mark;
    log_loss loss;
};

/// How a partition goes on whose last segment is given up.
struct new_beginning {
    position end;
    std::uint64_t address = 0;
    std::uint64_t ordinal = 0;
    std::string progress;
};

/// What the good batch headers in a file tell, whatever stands between them.
struct told_by_headers {
    std::optional<position> next; ///< the furthest
    std::uint64_t durable = 0;    ///< address
};

result<told_by_headers> read_headers(const mending& in, file& bytes) {
    constexpr std::size_t step = 8, wide = 1 << 20;
    auto size = bytes.size();
    if (!size) return size.error();
    told_by_headers told;
    buffer window;
    for (std::uint64_t at = 0; at < *size; at += wide - padded(batch_header_size)) {
        window.reset(std::min<std::uint64_t>(wide, *size - at));
        auto read = bytes.read(at, window.span());
        if (!read) return read.error();
        window.shrink(*read);
        for (std::size_t n = 0; n + batch_header_size <= window.size(); n += step) {
            if (get<std::uint32_t>(window.view(), n) != batch_magic) continue;
            refusal because;
            const auto header =
                decode_batch_header(window.view().subspan(n), in.with, in.partition, because);
            if (!header) continue;
            told.next = std::max(told.next.value_or(header->next), header->next);
            told.durable = std::max(told.durable, header->durable_address);
        }
    }
    return told;
}

/// Why the segment cannot stay; empty: it can. `behind` is the one that follows it, none where it
/// is the last. `next` becomes its own header.
result<std::string>
look_at_segment(mending& in, const segment_place& place, std::optional<segment_header>& behind) {
    auto opened = open_segment(in.at, in.partition, place, open_mode::read);
    if (!opened && opened.error().code != stream_errc::damaged) return opened.error();
    if (!opened) return opened.error().where;
    const segment& of = **opened;
    auto size = of.bytes->size();
    if (!size) return size.error();
    std::uint64_t durable = in.mark ? in.mark->durable_address : 0;
    if (!behind) {
        auto told = durable_told_behind(of, in.with, of.first_batch, *size);
        if (!told) return told.error();
        durable = in.at.about.durability == "relaxed" ? 0 : std::max(durable, *told);
    }
    auto found = check_one_segment(in.at, of, in.with, !behind, durable);
    if (!found) return found.error();
    if (found->newer)
        return stream_failure(
            errc::unsupported_version,
            "stream " + in.at.about.name + ": " + found->problems.back() + "; use a newer sluice"
        );
    if (!found->problems.empty()) return found->problems.front();
    const bool leads =
        !behind || (found->end == behind->base && of.header.address + *size == behind->address);
    if (!leads) return of.bytes->name().string() + ": the segment behind it does not continue it";
    behind = of.header;
    return std::string();
}

/// From the last segment back to the first one that cannot stay.
result<void> look(mending& in) {
    std::optional<segment_header> behind;
    in.kept = in.segments.size();
    while (in.kept > 0) {
        const segment_place& place = in.segments[in.kept - 1];
        const bool hole = behind && place.ordinal + 1 != behind->ordinal;
        if (hole)
            in.loss.why = in.at.partition(in.partition).string() + ": segment " +
                          std::to_string(place.ordinal + 1) + " is missing";
        if (hole) break;
        auto why = look_at_segment(in, place, behind);
        if (!why) return why.error();
        in.loss.why = std::move(*why);
        if (!in.loss.why.empty()) break;
        --in.kept;
    }
    in.loss.from = in.loss.to = position{in.partition, 0, 0};
    if (in.kept > 0) in.loss.from.sequence = in.segments.front().base_sequence;
    if (behind) in.loss.to = behind->base;
    const bool gone = in.segments.empty() && in.mark && in.mark->durable_address > 0;
    if (gone) in.loss.why = in.at.partition(in.partition).string() + ": its segments are gone";
    return result<void>();
}

failure nothing_tells(const mending& in) {
    return stream_failure(
        stream_errc::damaged,
        "stream " + in.at.about.name + ", partition " + std::to_string(in.partition) +
            ": nothing that is left tells how far it went, so that sequences would be used twice; "
            "restore " +
            in.at.watermark_file(in.partition).string() +
            " or the last segment, or create the stream anew"
    );
}

/// Behind whatever was acknowledged, by all that still tells of it.
result<new_beginning> beginning_of(const mending& in) {
    new_beginning begin;
    begin.end = position{in.partition, 0, 0};
    bool known = false;
    if (in.mark) {
        known = true;
        begin.end.sequence = in.mark->next_sequence;
        begin.address = in.mark->durable_address;
    }
    if (in.segments.empty()) return known ? result<new_beginning>(begin) : nothing_tells(in);
    const segment_place& last = in.segments.back();
    begin.ordinal = last.ordinal + 1;
    begin.end.sequence = std::max(begin.end.sequence, last.base_sequence);
    auto bytes = in.at.files->open(in.at.segment(in.partition, last), open_mode::read);
    if (!bytes) return bytes.error();
    auto told = read_headers(in, **bytes);
    if (!told) return told.error();
    if (told->next) {
        known = true;
        const bool open_event = told->next->offset != 0;
        const std::int64_t next = told->next->sequence + (open_event ? 1 : 0);
        begin.end.sequence = std::max(begin.end.sequence, next);
        begin.address = std::max(begin.address, told->durable);
    }
    auto opened = open_segment(in.at, in.partition, last, open_mode::read);
    if (opened) {
        auto size = (*opened)->bytes->size();
        if (!size) return size.error();
        begin.address = std::max(begin.address, (*opened)->header.address + *size);
        begin.progress = (*opened)->header.progress;
    }
    if (!known) return nothing_tells(in);
    return begin;
}

/// The new segment comes first, and the watermark behind it: until the old ones are set aside, the
/// partition is as damaged as before.
result<void> begin_anew(const mending& in, const new_beginning& begin) {
    segment_header header;
    header.incarnation = in.at.about.incarnation;
    header.ordinal = begin.ordinal;
    header.base = begin.end;
    header.address = begin.address;
    header.progress = begin.progress;
    auto made = make_segment(in.at, in.partition, header, nullptr);
    if (!made) return made.error();
    auto closed = (*made)->bytes->close();
    if (!closed) return closed;
    auto opened = in.at.files->open(in.at.watermark_file(in.partition), open_mode::create);
    if (!opened) return opened.error();
    slot_file slots(std::move(*opened), watermark_payload);
    auto stored = slots.load();
    if (!stored) return stored.error();
    watermark mark;
    mark.durable_address = begin.address + (*made)->first_batch;
    mark.next_sequence = begin.end.sequence;
    auto kept = slots.store(encode(mark));
    if (kept) kept = slots.underlying().sync();
    if (kept) kept = slots.underlying().close();
    return kept;
}

/// The oldest first: whatever is left has no hole.
result<void> set_aside(const mending& in) {
    for (std::size_t n = 0; n < in.kept; ++n) {
        const path name = in.at.segment(in.partition, in.segments[n]);
        path aside = name;
        aside += ".lost";
        auto renamed = in.at.files->rename(name, aside);
        if (renamed) renamed = in.at.files->sync_directory(in.at.partition(in.partition));
        if (!renamed) return renamed;
    }
    return result<void>();
}

result<void> count_loss(mending& in, const std::vector<named_cursor>& cursors) {
    for (std::size_t n = 0; n < in.kept; ++n) {
        const path name = in.at.segment(in.partition, in.segments[n]);
        auto opened = in.at.files->open(name, open_mode::read);
        if (!opened) return opened.error();
        auto size = (*opened)->size();
        if (!size) return size.error();
        in.loss.bytes += *size;
        in.loss.kept_as.push_back(name.string() + ".lost");
    }
    in.loss.segments = in.kept;
    for (const named_cursor& each : cursors) {
        const std::optional<position>& place = each.places[in.partition];
        if (!place || *place < in.loss.to) in.loss.passed.push_back(each.name);
    }
    return result<void>();
}

result<std::vector<segment_place>> all_segments(const stream_place& at, std::uint32_t partition) {
    auto names = at.files->list(at.partition(partition));
    if (!names) return names.error();
    std::vector<segment_place> found;
    for (const std::string& name : *names)
        if (const auto place = parse_segment_name(name)) found.push_back(*place);
    std::ranges::sort(found, {}, &segment_place::ordinal);
    return found;
}

std::optional<watermark> stored_mark(const stream_place& at, std::uint32_t partition) {
    const auto bytes = read_small(*at.files, at.watermark_file(partition));
    if (!bytes) return std::nullopt;
    const auto slot = newest_slot(*bytes, watermark_payload);
    if (!slot) return std::nullopt;
    return decode_watermark(slot->payload);
}

/// nullopt: nothing is damaged.
result<std::optional<log_loss>> mend_partition(
    const stream_place& at,
    std::uint32_t partition,
    const seed& with,
    const std::vector<named_cursor>& cursors,
    bool look_only
) {
    auto segments = all_segments(at, partition);
    if (!segments) return segments.error();
    mending in{at, with, partition, std::move(*segments), 0, stored_mark(at, partition), {}};
    in.loss.partition = partition;
    auto looked = look(in);
    if (!looked) return looked.error();
    if (in.loss.why.empty()) return std::optional<log_loss>();
    const bool anew = in.kept == in.segments.size();
    new_beginning begin;
    if (anew) {
        auto found = beginning_of(in);
        if (!found) return found.error();
        begin = std::move(*found);
        in.loss.to = begin.end;
    }
    auto counted = count_loss(in, cursors);
    if (!counted) return counted.error();
    if (look_only) return std::optional<log_loss>(std::move(in.loss));
    if (anew) {
        auto begun = begin_anew(in, begin);
        if (!begun) return begun.error();
    }
    auto aside = set_aside(in);
    if (!aside) return aside.error();
    return std::optional<log_loss>(std::move(in.loss));
}

} // namespace

result<std::vector<log_loss>> give_up_damaged(const stream_place& at, bool look_only) {
    if (!at.about.reserved_by.empty())
        return stream_failure(
            stream_errc::reserved,
            "stream " + at.about.name +
                ": an import fills it, and brings back what is lost: delete "
                "the stream and import again"
        );
    auto lock = take_stream_lock(at);
    if (!lock) return lock.error();
    auto no_trimming = lock_cursors(at);
    if (!no_trimming) return no_trimming.error();
    auto cursors = list_cursors(at);
    if (!cursors) return cursors.error();
    const seed with = seed_of(at.about.incarnation);
    std::vector<log_loss> losses;
    for (std::uint32_t n = 0; n < at.about.partitions; ++n) {
        auto lost = mend_partition(at, n, with, *cursors, look_only);
        if (!lost) return lost.error();
        if (*lost) losses.push_back(std::move(**lost));
    }
    return losses;
}

} // namespace sluice::log
