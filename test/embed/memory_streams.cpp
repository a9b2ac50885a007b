// embed: a host's own store of streams, in memory.
#include "memory_streams.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/sleep.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event.hpp>
#include <sluice/stream/format.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace host {

using namespace sluice;

namespace {

/// Blocks end with the record that brings them to this size, or that is the last of a run of
/// sequences: from wherever one reads, the same.
constexpr std::int64_t sequences_of_a_block = 256;

failure refused(stream_errc code, const std::string& where) {
    failure why;
    why.code = code;
    why.where = where;
    return why;
}

class memory_cursor final : public cursor {
  public:
    explicit memory_cursor(std::map<std::uint32_t, position>& places) : places_(places) {}
    std::optional<position> at(std::uint32_t partition) const override {
        const auto found = places_.find(partition);
        if (found == places_.end()) return std::nullopt;
        return found->second;
    }
    task<result<void>> move(position to) override {
        places_[to.partition] = to;
        co_return result<void>();
    }

  private:
    std::map<std::uint32_t, position>& places_;
};

class memory_reader final : public reader {
  public:
    explicit memory_reader(memory_stream& of) : of_(of) {}
    const stream_description& description() const override { return of_.description; }

    task<result<stream_bounds>> bounds(std::uint32_t partition) override {
        stream_bounds all;
        all.first = position{partition, 0, 0};
        all.end = of_.partitions[partition].end;
        if (all.end.offset != 0) all.end.offset = 0; // an event that is not finished is not shown
        co_return all;
    }

    task<result<block_outline>> outline(position from, position end) override {
        block_outline block;
        block.first = block.next = from;
        for (std::size_t n = number_of(from); n < records(from.partition).size(); ++n) {
            const stored_record& each = records(from.partition)[n];
            if (each.first >= end || block.on_grid) break;
            block.next = each.next;
            ++block.records;
            if (each.first.offset == 0) ++block.events;
            if (each.time) block.times = merge(block.times, time_range{*each.time, *each.time});
            block.body_bytes += each.body.size();
            block.body_crc64 = crc64nvme(each.body, block.body_crc64);
            block.on_grid =
                block.next.offset != 0 || block.next.sequence % sequences_of_a_block == 0;
        }
        co_return block;
    }

    task<result<void>> read(const block_outline& what, bytes_span into) override {
        for (std::size_t n = number_of(what.first); !into.empty(); ++n) {
            const byte_vector& body = records(what.first.partition)[n].body;
            std::memcpy(into.data(), body.data(), body.size());
            into = into.subspan(body.size());
        }
        co_return result<void>();
    }

    task<result<std::uint64_t>> fingerprint(position next) override {
        const std::size_t n = number_of(next);
        if (n == 0) co_return std::uint64_t{0};
        co_return crc64nvme(records(next.partition)[n - 1].body);
    }

    task<result<position>> wait_beyond(position than, deadline by) override {
        const memory_partition& partition = of_.partitions[than.partition];
        while (partition.end <= than && !by.passed())
            co_await sleep_for(std::chrono::milliseconds(5), by);
        co_return partition.end;
    }

    task<result<std::unique_ptr<cursor>>> open_cursor(std::string name) override {
        co_return std::make_unique<memory_cursor>(of_.cursors[name]);
    }

  private:
    const std::deque<stored_record>& records(std::uint32_t partition) const {
        return of_.partitions[partition].records;
    }
    /// Of the first record at `from` or behind it.
    std::size_t number_of(position from) const {
        const auto& all = records(from.partition);
        const auto found = std::lower_bound(
            all.begin(),
            all.end(),
            from,
            [](const stored_record& each, const position& place) { return each.first < place; }
        );
        return static_cast<std::size_t>(found - all.begin());
    }

    memory_stream& of_;
};

class memory_writer final : public writer {
  public:
    explicit memory_writer(memory_stream& to) : to_(to) { to_.written = true; }
    ~memory_writer() override { to_.written = false; }
    const stream_description& description() const override { return to_.description; }

    partition_tail tail(std::uint32_t partition) const override {
        partition_tail tail;
        tail.end = to_.partitions[partition].end;
        tail.last_progress = to_.partitions[partition].progress;
        return tail;
    }

    task<result<void>>
    append(std::uint32_t partition, std::span<const append_step> steps) override {
        memory_partition& into = to_.partitions[partition];
        for (const append_step& each : steps) {
            if (each.batch.first < into.end)
                co_return refused(stream_errc::out_of_order, to_string(each.batch.first));
            auto taken = to_.keeps ? take_records(into, each.batch.body) : result<void>();
            if (!taken) co_return taken;
            into.end = each.batch.next;
            if (!each.progress.empty()) into.progress = each.progress;
            co_await boost::asio::post(use_awaitable); // one append may hold many MiB
        }
        co_return result<void>();
    }

    task<result<void>> abandon_open_event(std::uint32_t partition) override {
        memory_partition& into = to_.partitions[partition];
        if (into.end.offset == 0) co_return result<void>();
        const std::int64_t open = into.end.sequence;
        std::erase_if(into.records, [open](const stored_record& each) {
            return each.first.sequence == open;
        });
        into.end = position{partition, open + 1, 0};
        co_return result<void>();
    }

    task<result<void>> close() override { co_return result<void>(); }

  private:
    memory_stream& to_;
};

} // namespace

memory_stream& memory_streams::add(const std::string& name, std::uint32_t partitions) {
    memory_stream& stream = streams_[name];
    stream.description.name = name;
    stream.description.incarnation = hex(random_bytes(16));
    stream.description.partitions = partitions;
    for (std::uint32_t n = 0; n < partitions; ++n) {
        stream.partitions.emplace_back();
        stream.partitions.back().end = position{n, 0, 0};
    }
    return stream;
}

memory_stream&
memory_streams::reserve(const std::string& name, std::string transfer, std::uint32_t partitions) {
    memory_stream& stream = add(name, partitions);
    stream.reserved_by = std::move(transfer);
    return stream;
}

const memory_stream* memory_streams::find(const std::string& name) const {
    const auto found = streams_.find(name);
    return found == streams_.end() ? nullptr : &found->second;
}

task<result<std::unique_ptr<reader>>> memory_streams::open_reader(std::string name) {
    const auto found = streams_.find(name);
    if (found == streams_.end()) co_return refused(stream_errc::no_such_stream, "memory:" + name);
    co_return std::make_unique<memory_reader>(found->second);
}

task<result<reserved_stream>>
memory_streams::open_reserved(std::string name, std::string transfer, std::uint32_t partitions) {
    reserved_stream reserved;
    auto found = streams_.find(name);
    if (found == streams_.end()) {
        reserve(name, transfer, partitions);
        found = streams_.find(name);
        reserved.was = stream_before::missing;
    }
    memory_stream& stream = found->second;
    if (stream.reserved_by != transfer)
        co_return refused(stream_errc::reserved, "memory:" + name + " is not this import's");
    if (stream.written) co_return refused(stream_errc::locked, "memory:" + name);
    reserved.to = std::make_unique<memory_writer>(stream);
    co_return std::move(reserved);
}

result<void> take_records(memory_partition& to, bytes_view body) {
    avro_record_cursor at(body);
    record each;
    while (!at.at_end()) {
        const std::size_t began = at.offset();
        auto decoded = at.next(each);
        if (!decoded) return decoded;
        stored_record stored;
        const std::uint32_t partition = to.end.partition;
        stored.first = position{partition, each.sequence, each.part ? each.part->offset : 0};
        stored.next = position_after(partition, each);
        stored.time = each.timestamp;
        const bytes_view bytes = body.subspan(began, at.offset() - began);
        stored.body.assign(bytes.begin(), bytes.end());
        to.records.push_back(std::move(stored));
    }
    return result<void>();
}

void append_event(memory_partition& to, std::uint32_t partition, const std::string& value) {
    record event;
    event.sequence = to.end.sequence;
    event.value = as_bytes(value);
    byte_vector body;
    append_avro_record(body, event);
    static_cast<void>(take_records(to, body));
    to.end = position{partition, event.sequence + 1, 0};
}

std::vector<std::string> values_of(const memory_partition& of) {
    std::vector<std::string> values;
    record each;
    for (const stored_record& stored : of.records) {
        avro_record_cursor at(stored.body);
        if (!at.next(each) || !each.value) continue;
        if (stored.first.offset == 0) values.emplace_back();
        values.back() += as_text(*each.value);
    }
    return values;
}

} // namespace host
