// engine: an export read as if it were a stream.
#include "fetch_items.hpp"
#include "record_encoding.hpp"
#include "replaced_since.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/export_reader.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// One partition, and the piece of it that was read last.
struct exported_partition {
    partition_survey survey;
    stream_bounds bounds;
    std::optional<fetch_items> items;  ///< pieces and gaps, in order
    std::optional<fetch_item> current; ///< of these, the one asked for last
    bool loaded = false;
    byte_vector body; ///< records of that piece
};

failure of_item(const export_folder& where, const fetch_item& item, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "s3://" + where.bucket + "/" + join_key(where.folder, item.key) + ", piece " +
                std::to_string(item.piece) + " (events " + to_string(item.first) + " up to " +
                to_string(item.next) + "): " + how;
    return why;
}

class export_reader final : public reader {
  public:
    export_reader(s3::object_store& store, export_folder where, object_encoding encoding)
        : store_(store), where_(std::move(where)), encoding_(encoding) {
        description_.name = where_.document.name;
        description_.incarnation = where_.document.incarnation;
        description_.partitions = where_.document.partitions;
        partitions_.resize(description_.partitions);
    }

    task<result<void>> learn();
    const stream_description& description() const override { return description_; }
    task<result<stream_bounds>> bounds(std::uint32_t partition) override {
        co_return partitions_.at(partition).bounds;
    }
    task<result<block_outline>> outline(position from, position end) override;
    task<result<void>> read(const block_outline& what, bytes_span into) override;
    task<result<std::uint64_t>> fingerprint(position next) override;
    task<result<position>> wait_beyond(position than, deadline) override {
        co_return partitions_.at(than.partition).bounds.end;
    }
    task<result<std::unique_ptr<cursor>>> open_cursor(std::string name) override;

  private:
    task<result<bool>> find(exported_partition& of, position from);
    task<result<void>> load(exported_partition& of);
    task<result<bool>> learn_replacement(exported_partition& of);
    result<void> decode(exported_partition& of, const fetch_item& item, bytes_view bytes);

    s3::object_store& store_;
    export_folder where_;
    object_encoding encoding_;
    stream_description description_;
    std::vector<exported_partition> partitions_;
};

task<result<void>> export_reader::learn() {
    for (std::uint32_t n = 0; n < description_.partitions; ++n) {
        auto survey = co_await survey_partition(store_, where_, n, deadline::never());
        if (!survey) co_return survey.error();
        exported_partition& here = partitions_[n];
        here.survey = std::move(*survey);
        here.bounds = {here.survey.first(), here.survey.end()};
    }
    co_return result<void>();
}

result<void>
export_reader::decode(exported_partition& of, const fetch_item& item, bytes_view bytes) {
    of.body.clear();
    const auto keep = [&of](const record_batch& batch) -> result<void> {
        append(of.body, batch.body);
        return result<void>();
    };
    const format_context context{description_.name, description_.incarnation, item.first.partition};
    const auto decoder = make_decoder(encoding_, context, item.first, item.inside);
    auto decoded = decoder->feed(bytes, keep);
    if (decoded) decoded = decoder->finish(keep);
    if (!decoded) return of_item(where_, item, describe(decoded.error()));
    return result<void>();
}

/// Makes the first item that reaches beyond `from` the current one; false: there is none. Whoever
/// reads on goes on in the same walk.
task<result<bool>> export_reader::find(exported_partition& of, position from) {
    if (of.current && of.current->first <= from && from < of.current->next) co_return true;
    const bool further = of.current && of.current->next <= from;
    of.loaded = false;
    if (!further) {
        fetch_window behind;
        behind.from = from;
        of.current.reset();
        of.items.emplace(store_, where_, of.survey, behind);
    }
    while (true) {
        auto next = co_await of.items->next(deadline::never());
        if (!next) co_return next.error();
        of.current = std::move(*next);
        if (!of.current) co_return false;
        if (of.current->next > from) co_return true;
    }
}

task<result<void>> export_reader::load(exported_partition& of) {
    if (of.loaded) co_return result<void>();
    const fetch_item& item = *of.current;
    if (item.gap) co_return of_item(where_, item, "is in no object: " + item.why);
    s3::get_request request;
    request.bucket = where_.bucket;
    request.key = join_key(where_.folder, item.key);
    request.range.emplace();
    request.range->first = item.at;
    request.range->size = item.size;
    s3::memory_sink bytes(item.size);
    auto got = co_await store_.get(request, bytes, deadline::never());
    if (!got) co_return got.error();
    if (bytes.bytes().size() != item.size || crc64nvme(bytes.bytes()) != item.crc64nvme)
        co_return of_item(where_, item, "is not what was committed");
    auto decoded = decode(of, item, bytes.bytes());
    if (!decoded) co_return decoded.error();
    of.loaded = true;
    co_return result<void>();
}

/// True: a repair beside us has replaced the current object, and the newer commits are known now.
task<result<bool>> export_reader::learn_replacement(exported_partition& of) {
    if (of.current->gap) co_return false;
    const std::uint32_t partition = of.survey.partition();
    const std::set<std::string> keys{of.current->key};
    auto replaced = co_await replaced_since(
        store_, where_, partition, of.survey.commits(), keys, deadline::never()
    );
    if (!replaced || !*replaced) co_return replaced;
    auto again = co_await survey_partition(store_, where_, partition, deadline::never());
    if (!again) co_return again.error();
    of.items.reset();
    of.current.reset();
    of.survey = std::move(*again);
    co_return true;
}

/// The records of the piece between two positions.
bytes_view part_of_body(bytes_view body, position from, position end) {
    avro_record_cursor records(body);
    record each;
    std::size_t first = body.size(), last = body.size();
    while (!records.at_end()) {
        const std::size_t at = records.offset();
        if (!records.next(each)) break;
        const position here{from.partition, each.sequence, each.part ? each.part->offset : 0};
        if (here >= from) first = std::min(first, at);
        if (here >= end) {
            last = at;
            break;
        }
    }
    return first < last ? body.subspan(first, last - first) : bytes_view();
}

task<result<block_outline>> export_reader::outline(position from, position end) {
    block_outline block;
    block.first = block.next = from;
    exported_partition& of = partitions_.at(from.partition);
    if (from >= end) co_return block;
    auto found = co_await find(of, from);
    if (!found) co_return found.error();
    if (!*found) co_return block;
    auto loaded = co_await load(of);
    if (!loaded) {
        auto newer = co_await learn_replacement(of);
        if (!newer) co_return newer.error();
        if (!*newer) co_return loaded.error();
        auto again = co_await outline(from, end);
        co_return again;
    }
    block.next = std::min(of.current->next, end);
    const bytes_view body = part_of_body(of.body, from, block.next);
    block.body_bytes = body.size();
    block.body_crc64 = crc64nvme(body);
    co_return block;
}

task<result<void>> export_reader::read(const block_outline& what, bytes_span into) {
    exported_partition& of = partitions_.at(what.first.partition);
    // Where objects begin inside events, outlines may be asked for far ahead of what is read.
    auto found = co_await find(of, what.first);
    if (!found) co_return found.error();
    if (*found) {
        auto loaded = co_await load(of);
        if (!loaded) co_return loaded.error();
    }
    const bytes_view body = part_of_body(of.body, what.first, what.next);
    if (body.size() != into.size() || crc64nvme(body) != what.body_crc64) {
        failure why;
        why.code = engine_errc::diverged;
        why.where = "s3://" + where_.bucket + "/" + where_.folder + ", " + to_string(what.first) +
                    ": is not what was read there before";
        co_return why;
    }
    std::copy(body.begin(), body.end(), into.begin());
    co_return result<void>();
}

/// Commits carry fingerprints only of their own ends.
task<result<std::uint64_t>> export_reader::fingerprint(position next) {
    std::optional<std::uint64_t> found;
    const std::function<void(const commit&)> look = [&found, next](const commit& each) {
        if (!found && each.next == next) found = each.fingerprint;
    };
    auto survey =
        co_await survey_partition(store_, where_, next.partition, deadline::never(), look);
    if (!survey) co_return survey.error();
    if (found) co_return *found;
    failure why;
    why.code = errc::not_found;
    why.where = "no commit ends at " + to_string(next);
    co_return why;
}

task<result<std::unique_ptr<cursor>>> export_reader::open_cursor(std::string name) {
    failure why;
    why.code = errc::invalid_argument;
    why.where = "an export has no cursors: " + name;
    co_return why;
}

} // namespace

task<result<std::unique_ptr<reader>>>
open_export_reader(s3::object_store& store, export_folder where) {
    auto encoding = encoding_of_records(where);
    if (!encoding) co_return encoding.error();
    auto opened = std::make_unique<export_reader>(store, std::move(where), *encoding);
    auto learnt = co_await opened->learn();
    if (!learnt) co_return learnt.error();
    std::unique_ptr<reader> as_reader = std::move(opened);
    co_return std::move(as_reader);
}

} // namespace sluice
