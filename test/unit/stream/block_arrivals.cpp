// Tests of stream/src/core/block_arrival.cpp.
#include "log_fixture.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/block_arrival.hpp>
#include <sluice/stream/encoding.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>

using namespace sluice;
using namespace sluice::test;

namespace {

const format_context blocks_context{"orders", "0123456789abcdef0123456789abcdef", 0};
constexpr frame_shape usual_frame{120, 8, 4096};
constexpr std::size_t room_behind = 300;

void add_block(byte_vector& to, std::uint32_t records, bytes_view body) {
    append(to, avro_block_prefix(records, body.size()));
    append(to, body);
    append(to, avro_sync_marker(blocks_context));
}

/// Blocks of one batch each, and the batches.
struct block_piece {
    byte_vector bytes;
    std::vector<batch_builder::built> batches;
};

block_piece piece_of(std::vector<batch_builder::built> batches) {
    block_piece made;
    for (const auto& each : batches)
        add_block(made.bytes, each.batch.records, each.batch.body);
    made.batches = std::move(batches);
    return made;
}

block_piece usual_piece() {
    return piece_of(small_events(position{0, 7, 0}, 500, 1000, 100000));
}

/// Memory that begins as a device wants it.
struct aligned_bytes {
    explicit aligned_bytes(std::size_t size) : whole(size + 4096) {
        const auto at = reinterpret_cast<std::uintptr_t>(whole.data());
        span = bytes_span(whole).subspan((4096 - at % 4096) % 4096, size);
    }
    byte_vector whole;
    bytes_span span;
};

/// Gives it the bytes as rooms ask for them, at most `most` at a time.
void arrive(
    block_arrival& at, bytes_span memory, bytes_view bytes, position first, std::size_t most
) {
    at.begin(memory, bytes.size(), blocks_context, first);
    while (!bytes.empty()) {
        const bytes_span room = at.room(most);
        BOOST_REQUIRE(!room.empty());
        BOOST_REQUIRE(room.size() <= std::min(most, bytes.size()));
        std::copy_n(bytes.begin(), room.size(), room.begin());
        at.took(room.size());
        bytes = bytes.subspan(room.size());
    }
}

void check_batches(const block_arrival& at, const std::vector<batch_builder::built>& expected) {
    BOOST_REQUIRE(at.batches().size() == expected.size());
    for (std::size_t n = 0; n < expected.size(); ++n) {
        const record_batch& got = at.batches()[n].batch;
        const record_batch& wanted = expected[n].batch;
        BOOST_TEST(std::ranges::equal(got.body, wanted.body));
        BOOST_TEST((got.first == wanted.first && got.next == wanted.next));
        BOOST_TEST(got.records == wanted.records);
        BOOST_TEST(got.body_crc64.value() == crc64nvme(wanted.body));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(block_arrivals)

BOOST_AUTO_TEST_CASE(blocks_come_to_lie_in_frames_side_by_side_whatever_the_reads) {
    const block_piece from = usual_piece();
    BOOST_REQUIRE(from.batches.size() > 3);
    for (const std::size_t most : {std::size_t{1} << 18, std::size_t{5000}, std::size_t{7}}) {
        block_arrival at(usual_frame, room_behind);
        const aligned_bytes memory(at.memory_for(from.bytes.size()));
        arrive(at, memory.span, from.bytes, position{0, 7, 0}, most);
        BOOST_REQUIRE(at.is_whole());
        BOOST_TEST(at.crc64nvme() == crc64nvme(from.bytes));
        check_batches(at, from.batches);
        const std::byte* next = memory.span.data();
        for (const block_arrival::framed& each : at.batches()) {
            BOOST_TEST(each.frame.data() == next);
            BOOST_TEST(each.frame.size() % usual_frame.unit == 0u);
            BOOST_TEST(each.batch.body.data() == next + usual_frame.before);
            const std::size_t behind =
                each.frame.size() - usual_frame.before - each.batch.body.size();
            BOOST_TEST(behind >= room_behind);
            next += each.frame.size();
        }
        const auto used = static_cast<std::size_t>(next - memory.span.data());
        BOOST_TEST(used % usual_frame.block == 0u);
        BOOST_TEST(used <= memory.span.size());
    }
}

BOOST_AUTO_TEST_CASE(memory_is_enough_for_any_blocks_and_small_ones_do_without_a_frame) {
    for (const std::size_t events : {1u, 2u, 300u}) {
        const block_piece from =
            piece_of(small_events(position{0, 0, 0}, static_cast<int>(events), 3, 1));
        block_arrival at(usual_frame, room_behind);
        const aligned_bytes memory(at.memory_for(from.bytes.size()));
        arrive(at, memory.span, from.bytes, position{0, 0, 0}, 100);
        BOOST_TEST(at.is_whole());
        check_batches(at, from.batches);
    }
}

BOOST_AUTO_TEST_CASE(of_a_block_of_several_batches_none_has_a_frame) {
    auto records = small_events(position{0, 0, 0}, 3, 50, 100000);
    const auto fragments = large_event(position{0, 3, 0}, 10000000);
    byte_vector body(records.front().batch.body.begin(), records.front().batch.body.end());
    append(body, fragments.front().batch.body);
    block_piece from;
    add_block(from.bytes, 4, body);
    for (std::size_t n = 1; n < fragments.size(); ++n)
        add_block(from.bytes, 1, fragments[n].batch.body);
    block_arrival at(usual_frame, room_behind);
    const aligned_bytes memory(at.memory_for(from.bytes.size()));
    arrive(at, memory.span, from.bytes, position{0, 0, 0}, 1 << 16);
    BOOST_REQUIRE(at.is_whole());
    BOOST_REQUIRE(at.batches().size() == 1 + fragments.size());
    BOOST_TEST(at.batches()[0].frame.empty());
    BOOST_TEST(at.batches()[1].frame.empty());
    for (std::size_t n = 0; n < fragments.size(); ++n) {
        const record_batch& got = at.batches()[n + 1].batch;
        BOOST_TEST(std::ranges::equal(got.body, fragments[n].batch.body));
        BOOST_TEST(got.body_crc64.value() == crc64nvme(got.body));
        if (n > 0) BOOST_TEST(!at.batches()[n + 1].frame.empty());
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_taken_and_summed_and_is_of_no_use) {
    const block_piece good = usual_piece();
    const auto check = [](const byte_vector& bytes) {
        for (const std::size_t most : {std::size_t{1} << 18, std::size_t{11}}) {
            block_arrival at(usual_frame, room_behind);
            const aligned_bytes memory(at.memory_for(bytes.size()));
            arrive(at, memory.span, bytes, position{0, 7, 0}, most);
            BOOST_TEST(!at.is_whole());
            BOOST_TEST(at.crc64nvme() == crc64nvme(bytes));
        }
    };
    const std::size_t first_block =
        avro_block_prefix(good.batches[0].batch.records, good.batches[0].batch.body.size()).size() +
        good.batches[0].batch.body.size() + 16;
    for (const std::size_t place :
         {std::size_t{0},
          std::size_t{2},
          std::size_t{4},
          first_block - 1,
          first_block - 16,
          first_block,
          first_block + 1,
          good.bytes.size() - 1}) {
        byte_vector bad = good.bytes;
        bad[place] ^= std::byte{0x40};
        check(bad);
    }
    byte_vector cut = good.bytes;
    cut.pop_back();
    check(cut);
    cut.resize(first_block + 1);
    check(cut);
    byte_vector longer = good.bytes;
    longer.push_back(std::byte{2});
    check(longer);
    byte_vector empty_block;
    add_block(empty_block, 0, bytes_view());
    check(empty_block);
    check(byte_vector(64, std::byte{0xff}));
}

BOOST_AUTO_TEST_CASE(a_second_try_forgets_the_first) {
    const block_piece from = usual_piece();
    block_arrival at(usual_frame, room_behind);
    const aligned_bytes memory(at.memory_for(from.bytes.size()));
    at.begin(memory.span, from.bytes.size(), blocks_context, position{0, 7, 0});
    for (int n = 0; n < 40; ++n) {
        const bytes_span room = at.room(9000);
        std::memset(room.data(), 0x55, room.size());
        at.took(room.size());
    }
    arrive(at, memory.span, from.bytes, position{0, 7, 0}, 9000);
    BOOST_TEST(at.is_whole());
    check_batches(at, from.batches);
}

BOOST_AUTO_TEST_SUITE_END()
