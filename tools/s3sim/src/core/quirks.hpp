// s3sim: in what a store differs from S3, one switch each.
#pragma once

#include <sluice/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

/// Without any of them the server is strict S3. The table in quirks.cpp says what each means.
struct quirks {
    bool ignore_conditions = false, ignore_complete_conditions = false, refuse_conditions = false;
    bool refuse_if_match = false, not_modified_for_failed = false;
    bool ignore_checksums = false, only_sha256 = false;
    std::uint64_t refuse_checksums = 0; ///< the status; 0: they are taken
    bool refuse_trailers = false, refuse_chunks = false;
    bool md5_etags = false, md5_multipart_etags = false, unquoted_etags = false;
    bool empty_complete_etag = false;
    bool equal_parts = false, repeat_complete = false;
    bool no_multipart = false, no_copy = false, no_part_copy = false, no_delete_objects = false;
    bool no_tagging = false, no_list_uploads = false, no_versions = false;
    bool first_list_version = false, refuse_second_list_version = false, no_url_encoding = false;
    std::uint64_t max_keys = 1000;
    std::uint64_t max_parts = 10'000, min_part_size = 0; ///< bytes; 0: as the server was told
    bool drop_metadata = false, drop_upload_metadata = false;
    std::chrono::milliseconds late_listings{0}, late_reads{0};
    bool close_connections = false;
};

struct quirk_row {
    std::string_view name, about;
    bool quirks::*flag = nullptr;
    std::uint64_t quirks::*number = nullptr;
    std::uint64_t otherwise = 0; ///< of a number that is not given; 0: it must be
    std::chrono::milliseconds quirks::*span = nullptr;
};
const std::vector<quirk_row>& quirk_table();

/// "equal-parts", "late-listings=5s", "refuse-checksums=400". The failure names the word and the
/// nearest known one.
result<void> add_quirk(quirks& to, std::string_view word);
/// Those that are on, as words for `add_quirk`.
std::vector<std::string> quirk_words(const quirks& from);

struct profile_row {
    std::string_view name, about;
    std::vector<std::string_view> words;
};
const std::vector<profile_row>& store_profiles();
/// Adds what the profile has. The failure names the profiles there are.
result<void> add_profile(quirks& to, std::string_view name);

} // namespace sluice::sim
