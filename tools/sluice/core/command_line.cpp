// tools: a command line as text: to be shown, stored, and pasted into a shell again.
#include "command_line.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice::command {

namespace {

bool is_plain_in_a_shell(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view("-_./:=,@%+").find(c) != std::string_view::npos;
}

} // namespace

std::string shell_word(std::string_view word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain_in_a_shell))
        return std::string(word);
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += ' ';
        line += shell_word(word);
    }
    return line;
}

std::vector<std::string> words_of_line(std::string_view line) {
    std::vector<std::string> words;
    bool quoted = false, begun = false;
    std::string word;
    for (std::size_t n = 0; n < line.size(); ++n) {
        const char c = line[n];
        if (c == ' ' && !quoted) {
            if (begun) words.push_back(std::move(word));
            word.clear();
            begun = false;
            continue;
        }
        begun = true;
        if (c == '\'')
            quoted = !quoted;
        else if (c == '\\' && !quoted && n + 1 < line.size())
            word += line[++n];
        else
            word += c;
    }
    if (begun) words.push_back(std::move(word));
    return words;
}

std::string unknown_word(std::string_view word, const std::vector<std::string>& known) {
    const bool option = word.starts_with('-');
    std::string text = (option ? "unknown option " : "unknown command ") + std::string(word);
    const auto near = nearest(word, known);
    if (near) text += "; did you mean " + *near + "?";
    return text;
}

} // namespace sluice::command
