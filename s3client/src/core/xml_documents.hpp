// s3client: the XML documents of S3, read into values and written from them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/removal_requests.hpp>
#include <sluice/s3/requests.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

/// What `<Error>` says.
struct error_document {
    std::string code;
    std::string message;
    std::string region; ///< where the bucket lives, in redirects
    std::string request_id;
};
/// nullopt when the text is no `<Error>` document.
std::optional<error_document> read_error(std::string_view text);

/// Errors of all readers: s3_errc::malformed_answer, also for another root.
/// `second_version`: of ListObjectsV2. The first one names the next page by a key, or by nothing:
/// then it is the last key, or prefix, of the page.
result<list_page> read_list(std::string_view text, bool second_version = true);
/// Whether this is an answer to ListObjects, as old stores give it to ListObjectsV2: they do not
/// look at what they do not know, where to begin among it.
bool answers_first_version(std::string_view text);
result<std::string> read_upload_id(std::string_view text);
/// The ETag of the finished object (some stores leave it empty).
result<std::string> read_completed(std::string_view text);

struct parts_page {
    std::vector<finished_part> parts;
    std::string next_marker; ///< empty: last page
};
result<parts_page> read_parts(std::string_view text);

struct uploads_page {
    std::vector<open_upload> uploads;
    std::string next_key, next_upload; ///< both empty: last page
};
/// `prefix` is the one asked for; every key begins with it.
result<uploads_page> read_uploads(std::string_view text, std::string_view prefix);

struct copied_document {
    std::string etag, last_modified;
};
/// `root_name`: CopyObjectResult or CopyPartResult.
result<copied_document> read_copied(std::string_view text, std::string_view root_name);

struct removals_document {
    std::vector<doomed_object> removed;
    std::vector<refused_removal> refused;
};
result<removals_document> read_removals(std::string_view text);
result<tag_map> read_tags(std::string_view text);
/// The region of a bucket; never empty.
result<std::string> read_location(std::string_view text);

result<std::vector<lifecycle_rule>> read_lifecycle(std::string_view text);

/// The body of CompleteMultipartUpload. Errors: s3_errc::unsafe_input for an ETag that XML cannot
/// carry.
result<std::string> write_completion(const std::vector<finished_part>& parts, bool with_checksums);
/// The body of DeleteObjects. Errors: s3_errc::unsafe_input for a key that XML cannot carry.
result<std::string> write_removals(const std::vector<doomed_object>& objects);
/// The body of PutObjectTagging. Errors: s3_errc::unsafe_input.
result<std::string> write_tags(const tag_map& tags);
/// The body of CreateBucket in a region; empty for us-east-1, which must not be named.
std::string write_bucket_region(const std::string& region);

} // namespace sluice::s3
