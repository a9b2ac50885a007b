// tools: a command line as text: to be shown, stored, and pasted into a shell again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// As a POSIX shell reads it back: plain where that is safe, else in single quotes.
std::string shell_word(std::string_view word);
/// All words, separated by spaces.
std::string shell_line(const std::vector<std::string>& words);
/// The words of a line that `shell_line` wrote.
std::vector<std::string> words_of_line(std::string_view line);

/// What is wrong with the words of a command line, for a person, with the nearest known word.
/// `known` are the options (with their dashes) or commands that may stand there.
std::string unknown_word(std::string_view word, const std::vector<std::string>& known);

} // namespace sluice::command
