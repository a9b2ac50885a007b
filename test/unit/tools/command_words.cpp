// test: command lines shown, stored and judged.
#include "core/command_line.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(command_words)

BOOST_AUTO_TEST_CASE(plain_words_stay_plain) {
    BOOST_TEST(shell_word("s3://bucket/prefix") == "s3://bucket/prefix");
    BOOST_TEST(shell_word("--part-size=8MiB") == "--part-size=8MiB");
}

BOOST_AUTO_TEST_CASE(what_a_shell_would_change_is_quoted) {
    BOOST_TEST(shell_word("") == "''");
    BOOST_TEST(shell_word("a b") == "'a b'");
    BOOST_TEST(shell_word("s3://b/p?format=ndjson&x=1") == "'s3://b/p?format=ndjson&x=1'");
    BOOST_TEST(shell_word("it's") == "'it'\\''s'");
    BOOST_TEST(shell_word("$HOME") == "'$HOME'");
    BOOST_TEST(shell_word("~/x") == "'~/x'");
}

BOOST_AUTO_TEST_CASE(words_are_joined_by_spaces) {
    BOOST_TEST(
        shell_line({"sluice", "export", "--from", "my orders"}) ==
        "sluice export --from 'my orders'"
    );
}

BOOST_AUTO_TEST_CASE(a_line_gives_its_words_back) {
    const std::vector<std::string> words = {
        "/usr/bin/sluice",
        "export",
        "--to",
        "s3://b/p?format=ndjson&x=y",
        "it's 'so'",
        "",
        "a b",
        "\\"};
    BOOST_TEST((words_of_line(shell_line(words)) == words));
    BOOST_TEST(words_of_line("").empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_word_names_the_nearest_known_one) {
    BOOST_TEST(
        unknown_word("--part-sise", {"--part-size", "--object-bytes"}) ==
        "unknown option --part-sise; did you mean --part-size?"
    );
    BOOST_TEST(
        unknown_word("exprot", {"export", "import"}) ==
        "unknown command exprot; did you mean export?"
    );
    BOOST_TEST(unknown_word("--xyz", {"--part-size"}) == "unknown option --xyz");
}

BOOST_AUTO_TEST_SUITE_END()
