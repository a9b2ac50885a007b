// engine: what the name of an object tells that an export wrote, where no commit is asked.
#include "own_place.hpp"

#include <sluice/engine/object_key.hpp>

#include <charconv>
#include <utility>

namespace sluice {

namespace {

constexpr std::string_view folder_word = "partition=";

} // namespace

std::optional<partition_folder> partition_folder_of(std::string_view key) {
    for (std::size_t at = 0; (at = key.find(folder_word, at)) != key.npos; ++at) {
        if (at > 0 && key[at - 1] != '/') continue;
        const std::size_t digits = at + folder_word.size(), end = key.find('/', digits);
        if (end == key.npos) return std::nullopt;
        partition_folder found;
        const char* const stop = key.data() + end;
        const auto [read_to, error] = std::from_chars(key.data() + digits, stop, found.partition);
        if (error != std::errc() || read_to != stop) continue;
        found.size = end + 1;
        return found;
    }
    return std::nullopt;
}

std::optional<own_place> own_place_of(std::string_view key) {
    const std::size_t file = key.rfind('/');
    if (file == key.npos || file == 0) return std::nullopt;
    const std::size_t slash = key.rfind('/', file - 1);
    const std::size_t begin = slash == key.npos ? 0 : slash + 1;
    auto name = parse_object_key(key.substr(begin));
    if (!name) return std::nullopt;
    own_place place;
    place.folder = key.substr(0, begin);
    place.first = name->first;
    place.extension = std::move(name->extension);
    return place;
}

bool same_partition(const own_place& a, const own_place& b) {
    return a.folder == b.folder && a.first.partition == b.first.partition &&
           a.extension == b.extension;
}

} // namespace sluice
