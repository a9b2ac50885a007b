// Where objects and pieces end.
#include "core/object_layout.hpp"

#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>

using namespace sluice;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

block_shape block_at(std::int64_t sequence, std::uint64_t bytes, std::uint64_t crc = 1) {
    block_shape block;
    block.outline.first = position{0, sequence, 0};
    block.outline.next = position{0, sequence + 1, 0};
    block.outline.events = 1;
    block.outline.times = time_range{sequence * 10, sequence * 10 + 5};
    block.outline.on_grid = true;
    block.bytes = bytes;
    block.crc64nvme = crc;
    return block;
}

object_layout filled(std::uint64_t target, std::uint64_t block_bytes) {
    object_layout layout(position{0, 0, 0}, target, block_shape());
    for (std::int64_t n = 0; !layout.full(); ++n) {
        const block_shape block = block_at(n, block_bytes);
        if (!layout.accepts(block)) break;
        layout.add(block);
    }
    return layout;
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_layout)

BOOST_AUTO_TEST_CASE(an_object_ends_with_the_block_that_reaches_its_target) {
    const sluice::object_layout layout = filled(10 * mib, 3 * mib);
    BOOST_TEST(layout.bytes() == 12 * mib);
    BOOST_TEST((layout.next() == position{0, 4, 0}));
    BOOST_TEST(layout.events() == 4u);
    BOOST_TEST(layout.times()->min == 0);
    BOOST_TEST(layout.times()->max == 35);
}

BOOST_AUTO_TEST_CASE(pieces_begin_at_blocks_and_never_number_more_than_256) {
    for (const std::uint64_t target : {mib, 256 * mib, 1024 * mib, 4096 * mib}) {
        for (const std::uint64_t block :
             {std::uint64_t{262'144}, std::uint64_t{300'001}, 4 * mib + 17}) {
            const sluice::object_layout layout = filled(target, block);
            BOOST_TEST(layout.pieces().size() <= 256u);
            BOOST_TEST(layout.pieces().front().at == 0u);
            for (std::size_t n = 1; n < layout.pieces().size(); ++n) {
                const std::uint64_t size = layout.pieces()[n].at - layout.pieces()[n - 1].at;
                BOOST_TEST(size >= mib);
                BOOST_TEST(size <= 16 * mib);
                BOOST_TEST(layout.pieces()[n].at % block == 0u);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_object_of_the_largest_target_ends_before_it_would_need_another_piece) {
    const sluice::object_layout layout = filled(largest_object_bytes, 4 * mib + 17);
    BOOST_TEST(layout.pieces().size() == 256u);
    BOOST_TEST(layout.bytes() <= largest_object_bytes);
}

BOOST_AUTO_TEST_CASE(checksums_are_those_of_the_bytes) {
    const std::string header = "header", first = "first block", second = "second";
    block_shape start;
    start.bytes = header.size();
    start.crc64nvme = crc64nvme(as_bytes(header));
    sluice::object_layout layout(position{0, 0, 0}, mib, start);
    layout.add(block_at(0, first.size(), crc64nvme(as_bytes(first))));
    layout.add(block_at(1, second.size(), crc64nvme(as_bytes(second))));
    const std::uint64_t whole = crc64nvme(as_bytes(header + first + second));
    BOOST_TEST(layout.crc64nvme() == whole);
    BOOST_TEST(layout.pieces().size() == 1u);
    BOOST_TEST(layout.pieces().front().crc64nvme == whole);
}

BOOST_AUTO_TEST_CASE(automatic_parts_fit_the_service) {
    BOOST_TEST(automatic_part_size(mib) == 16 * mib);
    BOOST_TEST(automatic_part_size(largest_object_bytes) == 16 * mib);
    const std::uint64_t huge = std::uint64_t{48} << 40;
    BOOST_TEST(huge / automatic_part_size(huge) < 10'000u);
}

/// Of any size that a store may take, up to the largest object of S3.
BOOST_AUTO_TEST_CASE(whatever_the_size_automatic_parts_are_few_enough_and_neither_small_nor_large) {
    constexpr std::uint64_t largest = 53'656'796'266'496; // 48.8 TiB
    std::mt19937_64 random(1);
    for (int n = 0; n < 100'000; ++n) {
        const std::uint64_t edge = std::uint64_t{1} << random() % 46;
        const std::uint64_t any = n % 2 == 0 ? random() % largest : edge + random() % 3 - 1;
        const std::uint64_t size = n == 0 ? largest : std::clamp<std::uint64_t>(any, 1, largest);
        const std::uint64_t part = automatic_part_size(size);
        BOOST_REQUIRE_MESSAGE((size + part - 1) / part <= 10'000, size);
        BOOST_REQUIRE_MESSAGE(part >= 5 * mib && part <= 5 * 1024 * mib, size);
    }
}

BOOST_AUTO_TEST_SUITE_END()
