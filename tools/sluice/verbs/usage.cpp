// tools: what is wrong with a command line, in one line.
#include "usage.hpp"

#include "../core/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>

namespace sluice::command {

namespace {

const CLI::App* verb_named(const CLI::App& below, const std::string& word) {
    for (const CLI::App* each : below.get_subcommands([](const CLI::App*) { return true; }))
        if (each->get_name() == word) return each;
    return nullptr;
}

std::vector<std::string> names_of_verbs(const CLI::App& below) {
    std::vector<std::string> names;
    for (const CLI::App* each : below.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    return names;
}

std::vector<std::string> names_of_options(const CLI::App& verb) {
    std::vector<std::string> names;
    for (const CLI::Option* each : verb.get_options()) {
        for (const std::string& name : each->get_lnames())
            names.push_back("--" + name);
        for (const std::string& name : each->get_snames())
            names.push_back("-" + name);
    }
    return names;
}

/// How far the words lead into the tree of verbs.
struct verb_path {
    const CLI::App* verb;
    std::string spelled;
    std::size_t words_used;
};

verb_path follow(const CLI::App& app, const std::vector<std::string>& words) {
    verb_path path{&app, "sluice", 1};
    while (path.words_used < words.size()) {
        const CLI::App* next = verb_named(*path.verb, words[path.words_used]);
        if (!next) break;
        path.verb = next;
        path.spelled += " " + words[path.words_used];
        ++path.words_used;
    }
    return path;
}

std::optional<std::string>
first_unknown_option(const CLI::App& verb, const std::vector<std::string>& words) {
    const std::vector<std::string> known = names_of_options(verb);
    for (const std::string& word : words) {
        if (word == "--") break;
        if (!word.starts_with("--")) continue;
        const std::string name = word.substr(0, word.find('='));
        if (std::find(known.begin(), known.end(), name) == known.end()) return name;
    }
    return std::nullopt;
}

std::string on_one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

} // namespace

std::string usage_error(
    const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& wrong
) {
    const verb_path path = follow(app, words);
    const std::string help = " (`" + path.spelled + " --help` shows what there is)";
    const std::vector<std::string> verbs = names_of_verbs(*path.verb);
    if (!verbs.empty()) {
        if (path.words_used == words.size()) return "a command is missing" + help;
        const std::string& word = words[path.words_used];
        std::vector<std::string> known = verbs;
        if (word.starts_with('-')) known = names_of_options(*path.verb);
        return unknown_word(word, known) + help;
    }
    const auto unknown = first_unknown_option(*path.verb, words);
    if (unknown) return unknown_word(*unknown, names_of_options(*path.verb)) + help;
    return on_one_line(wrong.what()) + help;
}

} // namespace sluice::command
