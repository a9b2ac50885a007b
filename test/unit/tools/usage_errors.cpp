// test: wrong command lines, judged by the whole tree of verbs.
#include "verbs/usage.hpp"

#include <boost/test/unit_test.hpp>

#include <CLI/CLI.hpp>

using namespace sluice::command;

namespace {

/// What is said about a command line; empty when nothing is wrong with it.
std::string judge(std::vector<std::string> words) {
    words.insert(words.begin(), "sluice");
    std::vector<const char*> argv;
    for (const std::string& each : words)
        argv.push_back(each.c_str());
    CLI::App app;
    chosen_verb chosen;
    prepare_command(app, chosen);
    try {
        app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& wrong) {
        return usage_error(app, words, wrong);
    }
    BOOST_TEST(static_cast<bool>(chosen.run));
    return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(usage_errors)

BOOST_AUTO_TEST_CASE(right_command_lines_are_taken) {
    BOOST_TEST(
        judge({"export", "--from", "a", "--to", "s3://b/p", "--to", "s3://c/p", "-v"}) == ""
    );
    BOOST_TEST(
        judge({"import", "--from", "s3://b/p", "--to", "a", "--no-verify-ssl", "--json"}) == ""
    );
    BOOST_TEST(judge({"stream", "append", "a", "x", "y", "--format", "file"}) == "");
    BOOST_TEST(judge({"stream", "append", "a"}) == "");
    BOOST_TEST(judge({"stream", "create", "a", "--partitions", "4"}) == "");
    BOOST_TEST(judge({"transfer", "pause", "nightly"}) == "");
    BOOST_TEST(judge({"bench", "records"}) == "");
}

BOOST_AUTO_TEST_CASE(destinations_add_up_and_other_options_are_overridden) {
    const char* const argv[] = {
        "sluice",
        "export",
        "--from",
        "a",
        "--to",
        "s3://one/p",
        "--to",
        "s3://two/p",
        "--memory",
        "1MiB",
        "--memory",
        "2MiB",
        "-v",
        "-v"};
    CLI::App app;
    chosen_verb chosen;
    prepare_command(app, chosen);
    app.parse(static_cast<int>(std::size(argv)), argv);
    const CLI::App& verb = *app.get_subcommand("export");
    BOOST_TEST(verb.get_option("--to")->as<std::vector<std::string>>().size() == 2u);
    BOOST_TEST(verb.get_option("--memory")->as<std::string>() == "2MiB");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_names_the_nearest_and_the_help) {
    BOOST_TEST(
        judge({"export", "--from", "a", "--to", "s3://b/p", "--part-sise", "8MiB"}) ==
        "unknown option --part-sise; did you mean --part-size? (`sluice export --help` shows what "
        "there is)"
    );
    BOOST_TEST(
        judge({"stream", "cat", "a", "--limt=4"}) ==
        "unknown option --limt; did you mean --limit? (`sluice stream cat --help` shows what there "
        "is)"
    );
}

BOOST_AUTO_TEST_CASE(an_unknown_command_names_the_nearest) {
    BOOST_TEST(
        judge({"exprot", "--from", "a"}) ==
        "unknown command exprot; did you mean export? (`sluice --help` shows what there is)"
    );
    BOOST_TEST(
        judge({"stream", "creat", "a"}) ==
        "unknown command creat; did you mean create? (`sluice stream --help` shows what there is)"
    );
}

BOOST_AUTO_TEST_CASE(a_missing_command_or_option_is_named) {
    BOOST_TEST(judge({}) == "a command is missing (`sluice --help` shows what there is)");
    BOOST_TEST(judge({"export", "--from", "a"}).find("--to") != std::string::npos);
    BOOST_TEST(
        judge({"stream", "create", "a", "--partitions", "x"}).find("--partitions") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()
