// engine: a thousand commits in one object.
#include "commit_page.hpp"

#include <sluice/engine/error.hpp>

#include <utility>

namespace sluice {

namespace {

failure damaged_page(std::uint64_t first, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = "the page of commits from " + std::to_string(first) + ": " + how;
    return why;
}

} // namespace

result<std::vector<commit>>
decode_page(std::string_view bytes, std::uint32_t partition, std::uint64_t first) {
    std::vector<commit> commits;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) return damaged_page(first, "ends inside a commit");
        auto read = decode_commit(bytes.substr(0, end + 1));
        if (!read) return read.error();
        const std::uint64_t expected = first + commits.size();
        if (read->number != expected || read->partition != partition)
            return damaged_page(
                first, "has another commit where " + std::to_string(expected) + " belongs"
            );
        commits.push_back(std::move(*read));
        bytes.remove_prefix(end + 1);
        if (commits.size() > commits_per_page) return damaged_page(first, "has too many commits");
    }
    if (commits.size() != commits_per_page)
        return damaged_page(first, "has " + std::to_string(commits.size()) + " commits");
    return commits;
}

} // namespace sluice
