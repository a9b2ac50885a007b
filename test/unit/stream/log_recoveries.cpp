// What a writer finds in a segment that was cut: exactly the whole batches.
#include "io/log/recovery.hpp"
#include "memory_files.hpp"
#include "sample_segments.hpp"

#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

using namespace sluice;
using namespace sluice::test;

namespace {

/// A thousand small batches; where each of them ends, and at which position. The first of both is
/// the segment's beginning.
struct long_log {
    long_log() {
        ends.push_back(made.text().size());
        positions.push_back(made.next());
        for (int n = 0; n < 1000; ++n) {
            made.events(1, n % 7 == 0, n % 3 == 0 ? "progress" : "");
            ends.push_back(made.text().size());
            positions.push_back(made.next());
        }
        at.files = &files;
        at.directory = "/d/s";
        at.about.name = "s";
        at.about.incarnation = segment_maker::incarnation;
        at.about.partitions = segment_maker::partition + 1;
        name = at.segment(segment_maker::partition, {segment_maker::ordinal, 64});
    }

    /// Of the first `size` bytes, of which nothing is known to be durable.
    result<log::recovered> recover(std::size_t size, std::uint64_t durable = 0) {
        files[name] = made.text().substr(0, size);
        log::watermark mark;
        mark.durable_address = durable;
        return log::recover_partition(at, segment_maker::partition, made.with(), mark);
    }

    segment_maker made{64, 5};
    std::vector<std::size_t> ends;
    std::vector<position> positions;
    memory_files files;
    log::stream_place at;
    log::path name;
};

/// Under the address sanitizer a recovery costs twenty times as much: every tenth will do there.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t of_so_many = 10;
#else
constexpr std::size_t of_so_many = 1;
#endif

/// Every length near the ends of all batches, and every one within the last fifty; with
/// SLUICE_EVERY_LENGTH every one there is.
std::vector<std::size_t> lengths(const long_log& all) {
    std::vector<std::size_t> sizes;
    if (std::getenv("SLUICE_EVERY_LENGTH") != nullptr) {
        for (std::size_t size = all.ends.front(); size <= all.ends.back(); ++size)
            sizes.push_back(size);
        return sizes;
    }
    for (std::size_t n = 0; n < all.ends.size(); n += of_so_many)
        for (const std::size_t more : {0, 1, 7, 119, 120, 121})
            if (all.ends[n] + more <= all.ends.back()) sizes.push_back(all.ends[n] + more);
    for (std::size_t size = all.ends[1000 - 50 / of_so_many]; size <= all.ends.back(); ++size)
        sizes.push_back(size);
    return sizes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_recoveries)

BOOST_AUTO_TEST_CASE(of_a_thousand_batches_cut_anywhere_exactly_the_whole_ones_are_found) {
    long_log all;
    for (const std::size_t size : lengths(all)) {
        const auto whole = std::ranges::upper_bound(all.ends, size) - all.ends.begin() - 1;
        const auto found = all.recover(size);
        BOOST_TEST_REQUIRE(found.has_value(), "cut to " << size);
        BOOST_TEST_REQUIRE(found->batches == static_cast<std::uint64_t>(whole), "cut to " << size);
        const std::size_t end = all.ends[static_cast<std::size_t>(whole)];
        BOOST_TEST_REQUIRE(found->offset == end);
        BOOST_TEST_REQUIRE(found->torn_bytes == size - end);
        BOOST_TEST_REQUIRE((found->end == all.positions[static_cast<std::size_t>(whole)]));
        BOOST_TEST_REQUIRE(all.files[all.name].size() == end);
    }
}

BOOST_AUTO_TEST_CASE(what_was_durable_is_damage_when_it_is_cut_wherever_that_is) {
    long_log all;
    const std::uint64_t durable = all.made.end_address();
    for (const std::size_t size : lengths(all)) {
        const auto found = all.recover(size, durable);
        const bool whole = size == all.ends.back();
        BOOST_TEST_REQUIRE(found.has_value() == whole, "cut to " << size);
        if (whole) continue;
        BOOST_TEST_REQUIRE((found.error().code == stream_errc::damaged));
        BOOST_TEST_REQUIRE(all.files[all.name].size() == size); // nothing was changed
    }
}

BOOST_AUTO_TEST_SUITE_END()
