// fuzzing: a writer opens a partition whose last segment, or its tail, is anything at all.
//
// The first byte of an input says what the others are: a tail behind two durable batches, a whole
// segment, or the sealed one before the last; as they are, or with their checksums made right.
#include "fuzz.hpp"
#include "io/log/block_reader.hpp"
#include "io/log/recovery.hpp"
#include "log_seal.hpp"
#include "memory_files.hpp"
#include "sample_segments.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/error.hpp>

#include <limits>
#include <optional>

using namespace sluice;
using test::segment_maker;

namespace {

/// The tail of one segment, a whole segment, and the one before the last.
constexpr unsigned tail_of_one = 0, before_the_last = 2, kinds = 3;
constexpr unsigned sealed_bit = 4, relaxed_bit = 8, unmarked_bit = 16;

struct played {
    test::memory_files files;
    log::stream_place at;
    log::watermark mark;
    log::path last; ///< the segment that is recovered
};

const segment_maker& durable_part() {
    static const segment_maker made = test::two_durable_batches();
    return made;
}

/// What the input says lies in the partition.
void lay_down(played& on, unsigned kind, std::string bytes, bool made_right) {
    const log::seed& with = durable_part().with();
    on.at.files = &on.files;
    on.at.directory = "/d/s";
    on.at.about.name = "s";
    on.at.about.incarnation = segment_maker::incarnation;
    on.at.about.partitions = segment_maker::partition + 1;
    const auto name = [&on](std::uint64_t ordinal, std::int64_t base) {
        return on.at.segment(segment_maker::partition, {ordinal, base});
    };
    byte_vector content(as_bytes(bytes).begin(), as_bytes(bytes).end());
    if (kind == tail_of_one) {
        const bytes_view before = as_bytes(durable_part().text());
        content.insert(content.begin(), before.begin(), before.end());
        on.mark.durable_address = durable_part().end_address();
        on.mark.next_sequence = durable_part().next().sequence;
    }
    if (made_right) {
        const std::size_t from = kind == tail_of_one ? durable_part().text().size() : 0;
        if (kind != tail_of_one) fuzz::seal_segment(content);
        fuzz::seal_batches(bytes_span(content).subspan(from), with, segment_maker::partition);
    }
    on.last = name(segment_maker::ordinal, 64);
    on.files[on.last] = as_text(content);
    if (kind != before_the_last) return;
    log::segment_header next;
    next.incarnation = segment_maker::incarnation;
    next.ordinal = segment_maker::ordinal + 1;
    next.base = durable_part().next();
    next.address = segment_maker::address + content.size();
    on.last = name(next.ordinal, next.base.sequence);
    on.files[on.last] = as_text(log::encode(next));
}

result<log::recovered> recover(played& on) {
    on.files.largest_read = 0;
    const std::size_t size = on.files[on.last].size();
    auto found =
        log::recover_partition(on.at, segment_maker::partition, durable_part().with(), on.mark);
    // A segment's header, which is read first, has a progress of at most 1 MiB.
    constexpr std::size_t header = log::largest_progress + 4096;
    fuzz::must(
        on.files.largest_read <= std::max(size, header), "no more is read than the segment has"
    );
    return found;
}

bool is_known(const error_code& why) {
    return why == stream_errc::damaged || why == errc::unsupported_version;
}

/// Recovery has said that all of this is good: then a reader finds it good, too, but for records
/// that only decompressing or decoding shows not to be any.
void read_all(played& on, const log::recovered& found) {
    auto opened = log::open_segment(
        on.at,
        segment_maker::partition,
        {found.active->header.ordinal, found.active->header.base.sequence},
        log::open_mode::read
    );
    fuzz::must(opened.has_value(), "what was recovered can be opened");
    log::batch_index index(on.at, *opened, durable_part().with());
    log::block_reader blocks("s");
    const std::uint64_t durable = found.active->header.address + found.offset;
    constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
    auto extended = index.extend(durable, position{segment_maker::partition, last, 0});
    fuzz::must(extended.has_value(), "what was recovered has no bad header");
    for (position from = found.active->header.base;
         from < position{from.partition, found.visible, 0};) {
        const log::indexed_block* block = index.find(from);
        if (block == nullptr) break;
        fuzz::must(block->outline.next > from, "a block leads on");
        constexpr std::uint64_t most = block_grid_bytes + max_batch_bytes;
        fuzz::must(block->outline.body_bytes <= most, "a block is within its limit");
        byte_vector into(block->outline.body_bytes);
        (void)fuzz::accepted(blocks.read(index, *block, block->outline, into));
        from = block->outline.next;
    }
}

void play(unsigned kind, const std::string& bytes, unsigned options) {
    played on;
    lay_down(on, kind, bytes, (options & sealed_bit) != 0);
    const bool relaxed = (options & relaxed_bit) != 0;
    if (relaxed) on.at.about.durability = "relaxed";
    if ((options & unmarked_bit) != 0) on.mark = log::watermark();
    const std::string before = on.files[on.last];
    auto found = recover(on);
    if (!fuzz::accepted(found)) {
        fuzz::must(is_known(found.error().code), "it is damaged or of a newer version");
        fuzz::must(on.files[on.last] == before, "what is refused is not touched");
        return;
    }
    const std::string after = on.files[on.last];
    fuzz::must(before.starts_with(after), "nothing but a tail is cut");
    fuzz::must(before.size() - after.size() == found->torn_bytes, "what is cut is told");
    fuzz::must(
        after.size() == found->offset + (found->sealed ? log::footer_size : 0), "it ends there"
    );
    if (kind == tail_of_one) {
        fuzz::must(after.starts_with(durable_part().text()), "what was durable stays");
        fuzz::must(found->end >= durable_part().next(), "and is counted");
        fuzz::must(found->batches >= 2, "batch by batch");
    }
    on.mark.durable_address = found->active->header.address + after.size();
    on.mark.next_sequence = found->visible;
    read_all(on, *found);
    if (found->last_finished)
        (void)fuzz::accepted(log::fingerprint_of(*found->active, *found->last_finished));
    auto again = recover(on);
    fuzz::must(fuzz::accepted(again), "what was recovered is recovered again");
    fuzz::must(again->torn_bytes == 0 && on.files[on.last] == after, "without a change");
    const bool same = again->end == found->end && again->progress == found->progress &&
                      again->sealed == found->sealed && again->batches == found->batches;
    fuzz::must(same, "and the same is found");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    if (text.empty()) return 0;
    const auto how = static_cast<unsigned char>(text.front());
    play(how / 64 % kinds, std::string(text.substr(1)), how % 64);
    return 0;
}
