// test: input cut into lines, and events spread over partitions.
#include "core/spread.hpp"

#include <sluice/stream/line_splitter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::command;

namespace {

/// Remembers what it was given: a line as it is, a long one as "<piece|piece>".
struct heard_lines {
    std::vector<std::string> lines;
    std::string open;

    void line(bytes_view text) { lines.emplace_back(as_text(text)); }
    void long_line_begins() { open = "<"; }
    void long_line_more(bytes_view text) { open += std::string(as_text(text)); }
    void long_line_ends() { lines.push_back(open + ">"); }
};

/// The lines of `text`, fed in pieces of `step` bytes.
std::vector<std::string> split(const std::string& text, std::size_t step, std::size_t most) {
    heard_lines heard;
    line_splitter<heard_lines> lines(heard, most);
    for (std::size_t at = 0; at < text.size(); at += step)
        lines.feed(as_bytes(std::string_view(text).substr(at, step)));
    lines.finish();
    return heard.lines;
}

using strings = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(append_input)

BOOST_AUTO_TEST_CASE(lines_are_the_same_however_the_input_is_cut) {
    const std::string text = "one\n\ntwo\r\nthree is longer\nfour";
    const strings expected = {"one", "", "two\r", "three is longer", "four"};
    for (std::size_t step = 1; step <= text.size(); ++step)
        BOOST_TEST((split(text, step, 100) == expected), "step " << step);
}

BOOST_AUTO_TEST_CASE(a_newline_at_the_end_makes_no_further_line) {
    BOOST_TEST((split("a\n", 10, 100) == strings{"a"}));
    BOOST_TEST((split("\n", 10, 100) == strings{""}));
    BOOST_TEST((split("", 10, 100) == strings{}));
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_the_limit_is_given_on_in_pieces) {
    const strings expected = {"ok", "<longer>", "fits", "<at the end>"};
    for (std::size_t step = 1; step <= 24; ++step)
        BOOST_TEST((split("ok\nlonger\nfits\nat the end", step, 5) == expected), "step " << step);
}

BOOST_AUTO_TEST_CASE(a_key_always_goes_to_one_partition) {
    auto chooser = partition_chooser::make(4, std::nullopt, "key");
    BOOST_REQUIRE(chooser);
    std::vector<bool> used(4);
    for (int n = 0; n < 100; ++n) {
        const std::string key = "key-" + std::to_string(n);
        const std::uint32_t first = chooser->choose(as_bytes(key));
        BOOST_TEST(first == chooser->choose(as_bytes(key)));
        used.at(first) = true;
    }
    BOOST_TEST((used == std::vector<bool>(4, true)));
    BOOST_TEST(chooser->choose(std::nullopt) == 0u);
    // The choice is for ever: another one would tear a key's events apart.
    chooser = partition_chooser::make(4096, std::nullopt, "key");
    BOOST_REQUIRE(chooser);
    BOOST_TEST(chooser->choose(as_bytes("123456789")) == 0xae8b14860a799888u % 4096);
}

BOOST_AUTO_TEST_CASE(a_partition_asked_for_wins) {
    auto chooser = partition_chooser::make(4, 2, "round-robin");
    BOOST_REQUIRE(chooser);
    BOOST_TEST(chooser->choose(as_bytes("a")) == 2u);
    BOOST_TEST(chooser->choose(std::nullopt) == 2u);
    BOOST_TEST(!partition_chooser::make(4, 4, "key").has_value());
    BOOST_TEST(!partition_chooser::make(4, std::nullopt, "keys").has_value());
}

BOOST_AUTO_TEST_CASE(round_robin_takes_them_in_turn) {
    auto chooser = partition_chooser::make(3, std::nullopt, "round-robin");
    BOOST_REQUIRE(chooser);
    for (const std::uint32_t expected : {0u, 1u, 2u, 0u, 1u})
        BOOST_TEST(chooser->choose(as_bytes("same")) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
