// tools: the command line as a whole: verbs, help, and what is said about wrong words.
#include "../core/command_line.hpp"
#include "../io/output.hpp"
#include "usage.hpp"
#include "verb.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace sluice::command {

namespace {

constexpr const char* overview =
    "Moves event streams into S3 buckets and back: exactly, and pausable at any moment.";

constexpr const char* first_steps =
    "First steps:\n"
    "  sluice stream create orders\n"
    "  seq 1000 | sluice stream append orders\n"
    "  sluice export --from orders --to s3://bucket/archive\n"
    "  sluice verify s3://bucket/archive/orders --against orders\n"
    "  sluice import --from s3://bucket/archive/orders --to orders-copy\n\n"
    "`sluice VERB --help` shows options and examples of a verb. Credentials are found as by the "
    "AWS SDKs.\nExit status: 0 done, 1 failed, 2 usage, 3 source not found, 4 destination not "
    "found, "
    "5 gave up, 6 something\n  is missing or differs, 7 refused, 8 a limit was reached, 9 nothing "
    "to "
    "do, 10 paused or stopped";

void add_verbs(CLI::App& app, chosen_verb& chosen) {
    add_export(app, chosen);
    add_import(app, chosen);
    add_plan(app, chosen);
    add_probe(app, chosen);
    add_verify(app, chosen);
    add_repair(app, chosen);
    add_ls(app, chosen);
    add_inspect(app, chosen);
    add_cat(app, chosen);
    add_cleanup(app, chosen);
    add_transfer(app, chosen);
    add_stream(app, chosen);
    add_bench(app, chosen);
}

/// CLI11 takes "-5" for a large number.
std::string not_negative(const std::string& word) {
    return word.starts_with("-") ? word + ": must not be negative" : std::string();
}

void refuse_negative_numbers(CLI::App& app) {
    for (CLI::Option* each : app.get_options(std::function<bool(CLI::Option*)>()))
        if (each->get_type_name() == "N") each->check(not_negative);
    for (CLI::App* verb : app.get_subcommands(std::function<bool(CLI::App*)>()))
        refuse_negative_numbers(*verb);
}

} // namespace

void prepare_command(CLI::App& app, chosen_verb& chosen) {
    app.description(overview);
    app.set_version_flag("--version", "sluice " SLUICE_VERSION);
    app.require_subcommand(1);
    app.footer(first_steps);
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_verbs(app, chosen);
    refuse_negative_numbers(app);
}

namespace {

int run_words(const std::vector<std::string>& words, chosen_verb& chosen) {
    CLI::App app;
    app.name("sluice");
    prepare_command(app, chosen);
    std::vector<const char*> argv;
    for (const std::string& word : words)
        argv.push_back(word.c_str());
    try {
        app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::Success& asked) { // --help, --version
        return app.exit(asked);
    } catch (const CLI::ParseError& wrong) {
        write_err("sluice: " + usage_error(app, words, wrong) + "\n");
        return 2;
    }
    return chosen.run();
}

} // namespace

int run_command(int argc, const char* const* argv) {
    const std::vector<std::string> words(argv, argv + argc);
    chosen_verb chosen;
    chosen.command = shell_line(words);
    return run_words(words, chosen);
}

int run_stored_command(const stored_command& what) {
    chosen_verb chosen;
    chosen.ends_only = what.ends_only;
    chosen.command = what.line;
    chosen.obeys = what.state_file;
    chosen.name = what.name;
    chosen.endpoints = what.endpoints;
    return run_words(words_of_line(what.line), chosen);
}

} // namespace sluice::command
