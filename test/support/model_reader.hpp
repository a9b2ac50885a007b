// test support: a stream in memory, read through the interface of stream stores.
#pragma once

#include "sample_records.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/reader.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

inline position position_of(std::uint32_t partition, const record& what) {
    return {partition, what.sequence, what.part ? what.part->offset : 0};
}

/// Records by partition. Its block grid: every `block_records` records from the beginning.
class model_reader : public reader {
  public:
    model_reader(std::string name, std::string incarnation) {
        description_.name = std::move(name);
        description_.incarnation = std::move(incarnation);
        description_.partitions = 0;
    }

    std::size_t block_records = 5;
    std::vector<std::vector<record>> partitions;
    /// Positions before it are gone.
    position first;

    void add_partition(std::vector<record> records) {
        partitions.push_back(std::move(records));
        ++description_.partitions;
    }

    void begin_trimming() { description_.trims = true; }

    const stream_description& description() const override { return description_; }

    task<result<stream_bounds>> bounds(std::uint32_t partition) override {
        stream_bounds answer;
        answer.first = {partition, first.sequence, first.offset};
        answer.end = end_of(partition);
        co_return answer;
    }

    task<result<block_outline>> outline(position from, position end) override {
        if (from < position{from.partition, first.sequence, first.offset}) {
            failure why;
            why.code = stream_errc::out_of_range;
            co_return why;
        }
        co_return outline_now(from, end);
    }

    /// What `outline` says, without waiting.
    block_outline outline_now(position from, position end) const {
        const auto chosen = records_of(from, end);
        block_outline what;
        what.first = what.next = from;
        what.on_grid = !chosen.empty() && chosen.size() < block_records;
        if (chosen.empty()) return what;
        const byte_vector body = body_of(chosen);
        const record_batch batch =
            describe_body(body, position_of(from.partition, chosen.front())).value();
        what.next = position_after(from.partition, chosen.back());
        what.records = batch.records;
        what.events = batch.events;
        what.times = batch.times;
        what.body_bytes = body.size();
        what.body_crc64 = batch.body_crc64.value();
        return what;
    }

    byte_vector body_now(const block_outline& what) const {
        return body_of(records_of(what.first, what.next));
    }

    task<result<void>> read(const block_outline& what, bytes_span into) override {
        const byte_vector body = body_now(what);
        if (body.size() != into.size() || crc64nvme(body) != what.body_crc64) {
            failure why;
            why.code = stream_errc::diverged;
            co_return why;
        }
        std::copy(body.begin(), body.end(), into.begin());
        co_return result<void>();
    }

    task<result<std::uint64_t>> fingerprint(position next) override {
        std::uint64_t crc = 0;
        for (const record& each : partitions.at(next.partition)) {
            if (position_of(next.partition, each) >= next) break;
            crc = crc64nvme(body_of({each}));
        }
        co_return crc;
    }

    task<result<position>> wait_beyond(position than, deadline) override {
        co_return end_of(than.partition);
    }

    task<result<std::unique_ptr<cursor>>> open_cursor(std::string) override {
        failure why;
        why.code = errc::not_found;
        co_return why;
    }

    position end_of(std::uint32_t partition) const {
        const auto& all = partitions.at(partition);
        return all.empty() ? position{partition, 0, 0} : position_after(partition, all.back());
    }

  private:
    /// Those of one block, or fewer where `from` or `end` cuts it.
    std::vector<record> records_of(position from, position end) const {
        const auto& all = partitions.at(from.partition);
        std::vector<record> chosen;
        for (std::size_t n = 0; n < all.size(); ++n) {
            const position at = position_of(from.partition, all[n]);
            if (at < from) continue;
            if (at >= end || (n % block_records == 0 && !chosen.empty())) break;
            chosen.push_back(all[n]);
        }
        return chosen;
    }

    stream_description description_;
};

} // namespace sluice::test
