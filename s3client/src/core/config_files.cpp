// s3client: reading INI as the AWS tools do.
#include "config_files.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
    std::string to(text);
    for (char& c : to)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return to;
}

/// A '#' or ';' after white space begins a comment.
std::string_view without_comment(std::string_view text) {
    for (std::size_t at = 1; at < text.size(); ++at)
        if ((text[at] == '#' || text[at] == ';') && blanks.find(text[at - 1]) != blanks.npos)
            return text.substr(0, at);
    return text;
}

/// One run of white space between words.
std::string section_name(std::string_view text) {
    std::string name;
    for (const char c : trimmed(text)) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank)
            name += c;
        else if (name.back() != ' ')
            name += ' ';
    }
    return name;
}

class ini_reader {
  public:
    /// False when the line cannot be read.
    bool take(std::string_view line) {
        const std::string_view text = trimmed(line);
        if (text.empty() || text[0] == '#' || text[0] == ';') return true;
        if (text[0] == '[') return take_section(text);
        const bool nested = blanks.find(line[0]) != blanks.npos;
        return section_ != nullptr && take_setting(text, nested);
    }
    ini_file file;

  private:
    bool take_section(std::string_view text) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        const std::string name = section_name(text.substr(1, end - 1));
        if (name.empty()) return false;
        section_ = &file[name];
        parent_.clear();
        return true;
    }
    bool take_setting(std::string_view text, bool nested) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return nested; // a continued value: not one of ours
        const std::string name = lower(trimmed(text.substr(0, equals)));
        if (name.empty()) return false;
        const std::string value(trimmed(without_comment(text.substr(equals + 1))));
        (*section_)[nested && !parent_.empty() ? parent_ + "." + name : name] = value;
        if (!nested) parent_ = name;
        return true;
    }

    ini_section* section_ = nullptr;
    std::string parent_;
};

} // namespace

result<ini_file> parse_ini(std::string_view text, const std::string& path) {
    ini_reader reader;
    std::size_t number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        ++number;
        if (!reader.take(text.substr(0, end))) {
            failure why;
            why.code = errc::invalid_argument;
            why.where = path + " line " + std::to_string(number) +
                        ": expected [section], or name = value below one";
            return why;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(reader.file);
}

const ini_section* find_section(const ini_file& file, const std::string& name) {
    const auto found = file.find(name);
    return found == file.end() ? nullptr : &found->second;
}

const ini_section* find_config_profile(const ini_file& config, const std::string& profile) {
    if (const ini_section* found = find_section(config, "profile " + profile)) return found;
    return profile == "default" ? find_section(config, profile) : nullptr;
}

std::string value_of(const ini_section* section, const std::string& name) {
    if (section == nullptr) return {};
    const auto found = section->find(name);
    return found == section->end() ? std::string() : found->second;
}

} // namespace sluice::s3
