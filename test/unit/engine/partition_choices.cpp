// Which partitions an import takes, and where to.
#include "core/partition_choice.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

using pairs = std::vector<partition_pair>;

pairs parsed(const std::string& text) {
    const auto read = parse_partitions(text);
    BOOST_REQUIRE_MESSAGE(read, text);
    return *read;
}

partition_choice chosen(const std::string& text, std::uint32_t partitions) {
    return choose_partitions(parsed(text), {}, partitions).value();
}

import_progress from(std::uint32_t source) {
    import_progress progress;
    progress.at.partition = source;
    return progress;
}

bool tells(const failure& why, const std::string& part) {
    return why.where.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(partition_choices)

BOOST_AUTO_TEST_CASE(ranges_are_numbered_anew_in_their_order) {
    BOOST_TEST((parsed("0-2,7") == pairs{{0, 0}, {1, 1}, {2, 2}, {7, 3}}));
    BOOST_TEST((parsed("7,0-1") == pairs{{7, 0}, {0, 1}, {1, 2}}));
    BOOST_TEST((parsed("5=1,2=0") == pairs{{5, 1}, {2, 0}}));
    BOOST_TEST(parsed("").empty());
}

BOOST_AUTO_TEST_CASE(words_come_back_as_they_are_understood) {
    for (const std::string text : {"0-2,7", "7,0,1", "3", "2=1,5=0", "4095", "1,3,5"}) {
        BOOST_TEST(to_string(parsed(text)) == text);
        BOOST_TEST((parsed(to_string(parsed(text))) == parsed(text)));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_partitions_is_refused) {
    for (const std::string text :
         {"x",
          "1-",
          "-1",
          "3-1",
          "1,",
          ",1",
          "1,,2",
          "4096",
          "0-99999999999",
          "1=",
          "=1",
          "0-1=2",
          "1=0,2",
          "1 ",
          "+1"}) {
        const auto read = parse_partitions(text);
        BOOST_REQUIRE_MESSAGE(!read, text);
        BOOST_TEST((read.error().code == errc::invalid_argument));
        BOOST_TEST(tells(read.error(), text));
    }
}

BOOST_AUTO_TEST_CASE(no_sequence_is_lost_by_a_map) {
    BOOST_TEST(tells(parse_partitions("2=0,5=0").error(), "two partitions go to 0"));
    BOOST_TEST(tells(parse_partitions("2=0,2=1").error(), "named twice"));
    BOOST_TEST(tells(parse_partitions("0-3,2").error(), "named twice"));
    BOOST_TEST(tells(parse_partitions("2=1").error(), "nothing goes to partition 0"));
}

BOOST_AUTO_TEST_CASE(without_words_each_partition_keeps_its_number) {
    const auto all = chosen("", 3);
    BOOST_TEST(all.whole);
    BOOST_TEST(all.targets == 3u);
    BOOST_TEST((all.pairs == pairs{{0, 0}, {1, 1}, {2, 2}}));
    BOOST_TEST(chosen("0-2", 3).whole);
    BOOST_TEST(!chosen("0-1", 3).whole);
    BOOST_TEST(!chosen("1,0,2", 3).whole);
    BOOST_TEST((chosen("5=1,2=0", 6).pairs == pairs{{2, 0}, {5, 1}}));
    const auto beyond = choose_partitions(parsed("3"), {}, 3);
    BOOST_TEST_REQUIRE(!beyond);
    BOOST_TEST((beyond.error().code == engine_errc::usage));
    BOOST_TEST(tells(beyond.error(), "no partition 3"));
}

BOOST_AUTO_TEST_CASE(shards_take_each_partition_once) {
    for (const std::uint32_t partitions : {1u, 4u, 7u, 64u}) {
        for (std::uint64_t of = 1; of <= partitions; ++of) {
            std::vector<unsigned> taken(partitions);
            for (std::uint64_t n = 1; n <= of; ++n) {
                const auto share = choose_partitions({}, {n, of}, partitions).value();
                BOOST_TEST(share.targets == share.pairs.size());
                for (const partition_pair& each : share.pairs) {
                    BOOST_TEST(each.source % of == n - 1);
                    BOOST_TEST((each == share.pairs[each.target]));
                    ++taken[each.source];
                }
            }
            for (const unsigned times : taken)
                BOOST_TEST(times == 1u);
        }
    }
    BOOST_TEST(choose_partitions({}, {1, 1}, 4).value().whole);
    const auto none = choose_partitions({}, {5, 8}, 4);
    BOOST_TEST_REQUIRE(!none);
    BOOST_TEST((none.error().code == engine_errc::usage));
    BOOST_TEST(tells(none.error(), "--shard 5/8"));
}

BOOST_AUTO_TEST_CASE(a_stream_goes_on_with_the_partitions_it_was_begun_with) {
    const auto choice = chosen("2=0,5=1", 6);
    BOOST_TEST(fits_stream(choice, "s", {from(2), from(5)}).has_value());
    BOOST_TEST(fits_stream(choice, "s", {std::nullopt, from(5)}).has_value());
    BOOST_TEST(fits_stream(choice, "s", {std::nullopt, std::nullopt}).has_value());
    const auto other = fits_stream(choice, "s", {from(2), from(4)});
    BOOST_TEST_REQUIRE(!other);
    BOOST_TEST((other.error().code == engine_errc::usage));
    BOOST_TEST(tells(other.error(), "filled from the export's 2,4"));
    BOOST_TEST(tells(other.error(), "give the same --partitions"));
    const auto swapped = fits_stream(choice, "s", {from(5), from(2)});
    BOOST_TEST(!swapped);
    const auto more = fits_stream(choice, "s", {std::nullopt, std::nullopt, std::nullopt});
    BOOST_TEST_REQUIRE(!more);
    BOOST_TEST(tells(more.error(), "has 3 partitions"));
}

BOOST_AUTO_TEST_CASE(places_are_for_partitions_that_are_imported) {
    const auto choice = chosen("2=0,5=1", 6);
    BOOST_TEST(check_places("--start", parse_places("2=seq:1,5=seq:2").value(), choice).has_value()
    );
    BOOST_TEST(check_places("--start", parse_places("seq:1").value(), choice).has_value());
    const auto other = check_places("--start", parse_places("0=seq:1").value(), choice);
    BOOST_TEST_REQUIRE(!other);
    BOOST_TEST(tells(other.error(), "--start: partition 0"));
}

BOOST_AUTO_TEST_SUITE_END()
