// tools: what a probe found, for people.
#include "profile_text.hpp"

#include <sluice/base/text.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace sluice::command {

namespace {

std::string_view verdict_word(s3::verdict said) {
    if (said == s3::verdict::unknown) return "?";
    return said == s3::verdict::yes ? "yes" : "no";
}

std::string ability_line(const s3::store_profile& found, s3::ability what) {
    const s3::finding& one = found.of(what);
    std::string line = fmt::format(
        "  {:<4}{:<26}{}", verdict_word(one.said), s3::name_of(what), s3::description_of(what)
    );
    if (!one.note.empty()) line += ": " + one.note;
    return line + "\n";
}

std::string clock_text(const s3::store_profile& found) {
    if (!found.clock_ahead) return "not told";
    if (std::abs(*found.clock_ahead) <= 1) return "the same as here";
    const bool ahead = *found.clock_ahead > 0;
    return fmt::format("{} s {} of ours", std::abs(*found.clock_ahead), ahead ? "ahead" : "behind");
}

} // namespace

std::string profile_text(const s3::store_profile& found) {
    const auto or_unknown = [](const std::string& text) { return text.empty() ? "?" : text; };
    std::string text =
        fmt::format("s3://{}/{} at {}\n", found.bucket, found.prefix, found.endpoint);
    for (std::size_t n = 0; n < s3::ability_count; ++n)
        text += ability_line(found, static_cast<s3::ability>(n));
    text += fmt::format(
        "ETags: {} of objects, {} of parts; smallest part taken: {}; region: {}; clock: {}\n",
        or_unknown(found.etag_kind),
        or_unknown(found.part_etag_kind),
        found.smallest_part == 0 ? "?" : human_size(found.smallest_part),
        or_unknown(found.region),
        clock_text(found)
    );
    text += fmt::format("Guarantee of an export to it: {}\n", s3::guarantee_of(found));
    if (s3::guarantee_of(found) != "exactly-once")
        text += "  Two exporters could overwrite each other: exports to it are refused.\n";
    if (!s3::takes_checksums(found))
        text += "No checksum header is taken: bodies are signed instead (the plain profile).\n";
    for (const std::string& each : found.left_behind)
        text += "Left behind, could not be removed: " + each + "\n";
    return text;
}

} // namespace sluice::command
