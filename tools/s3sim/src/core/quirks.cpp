// s3sim: the table of differences, and stores as lists of them.
#include "core/quirks.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::sim {

namespace quirk_detail {

using flag_of = bool quirks::*;
using number_of = std::uint64_t quirks::*;
using span_of = std::chrono::milliseconds quirks::*;

quirk_row flag(std::string_view name, flag_of which, std::string_view about) {
    quirk_row row{name, about};
    row.flag = which;
    return row;
}

quirk_row
number(std::string_view name, number_of which, std::uint64_t otherwise, std::string_view about) {
    quirk_row row{name, about};
    row.number = which;
    row.otherwise = otherwise;
    return row;
}

quirk_row span(std::string_view name, span_of which, std::string_view about) {
    quirk_row row{name, about};
    row.span = which;
    return row;
}

failure unusable(std::string where) {
    return {errc::invalid_argument, std::move(where), {}, {}};
}

result<void>
set_number(quirks& to, const quirk_row& row, std::string_view word, std::string_view value) {
    auto& slot = to.*row.number;
    if (value.empty() && row.otherwise > 0) {
        slot = row.otherwise;
        return {};
    }
    const auto* end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, slot);
    if (value.empty() || read.ec != std::errc() || read.ptr != end)
        return unusable(
            std::string(word) + ": needs a number, as in " + std::string(row.name) + "=400"
        );
    return {};
}

} // namespace quirk_detail

const std::vector<quirk_row>& quirk_table() {
    using namespace quirk_detail;
    static const std::vector<quirk_row> rows = {
        flag(
            "ignore-conditions",
            &quirks::ignore_conditions,
            "writes do not look at If-Match and If-None-Match"
        ),
        flag(
            "ignore-complete-conditions",
            &quirks::ignore_complete_conditions,
            "CompleteMultipartUpload does not look at them"
        ),
        flag(
            "refuse-conditions",
            &quirks::refuse_conditions,
            "writes with a condition are 501 NotImplemented"
        ),
        flag(
            "refuse-if-match",
            &quirks::refuse_if_match,
            "PUT with If-Match is always 412, also with the right ETag"
        ),
        flag(
            "304-for-412",
            &quirks::not_modified_for_failed,
            "a write whose condition fails is answered 304"
        ),
        flag(
            "ignore-checksums",
            &quirks::ignore_checksums,
            "x-amz-checksum-* is neither verified, kept nor told"
        ),
        number(
            "refuse-checksums",
            &quirks::refuse_checksums,
            501,
            "requests with checksum headers are refused with this status (501)"
        ),
        flag("only-sha256", &quirks::only_sha256, "of checksum headers only SHA-256 is taken"),
        flag(
            "refuse-trailers",
            &quirks::refuse_trailers,
            "bodies with a trailer are 501 NotImplemented"
        ),
        flag(
            "refuse-chunks",
            &quirks::refuse_chunks,
            "bodies in chunks (aws-chunked) are 501 NotImplemented"
        ),
        flag(
            "md5-etags", &quirks::md5_etags, "ETags of objects and parts are the MD5 of their bytes"
        ),
        flag(
            "md5-multipart-etags",
            &quirks::md5_multipart_etags,
            "those of multipart uploads the MD5 of the parts' MD5s, with their number"
        ),
        flag(
            "unquoted-etags",
            &quirks::unquoted_etags,
            "ETags stand without quotes in headers and documents"
        ),
        flag(
            "empty-complete-etag",
            &quirks::empty_complete_etag,
            "the answer to CompleteMultipartUpload has an empty ETag"
        ),
        flag(
            "equal-parts",
            &quirks::equal_parts,
            "all parts but the last must have the same size, else InvalidPart on completion"
        ),
        flag(
            "repeat-complete",
            &quirks::repeat_complete,
            "a second CompleteMultipartUpload is 200, not NoSuchUpload"
        ),
        flag("no-multipart", &quirks::no_multipart, "multipart uploads are 501"),
        flag("no-copy", &quirks::no_copy, "CopyObject is 501"),
        flag("no-part-copy", &quirks::no_part_copy, "UploadPartCopy is 501"),
        flag("no-delete-objects", &quirks::no_delete_objects, "DeleteObjects is 501"),
        flag("no-tagging", &quirks::no_tagging, "tags are 501"),
        flag("no-list-uploads", &quirks::no_list_uploads, "ListMultipartUploads is 501"),
        flag("no-versions", &quirks::no_versions, "versioning is 501"),
        flag(
            "v1-only",
            &quirks::first_list_version,
            "list-type=2 is ignored: ListObjectsV2 is answered as ListObjects"
        ),
        flag("refuse-v2", &quirks::refuse_second_list_version, "ListObjectsV2 is 501"),
        flag("no-url-encoding", &quirks::no_url_encoding, "encoding-type is ignored"),
        number("max-keys", &quirks::max_keys, 0, "the most keys that a page of a listing has"),
        number(
            "max-parts", &quirks::max_parts, 1000, "parts with larger numbers are refused (1000)"
        ),
        number(
            "min-part-size",
            &quirks::min_part_size,
            64 << 20,
            "bytes of parts that are not the last (64 MiB)"
        ),
        flag("drop-metadata", &quirks::drop_metadata, "x-amz-meta-* is not kept"),
        flag(
            "drop-upload-metadata",
            &quirks::drop_upload_metadata,
            "x-amz-meta-* of multipart uploads is not kept"
        ),
        span(
            "late-listings",
            &quirks::late_listings,
            "listings show the bucket as it was so long ago"
        ),
        span(
            "late-reads", &quirks::late_reads, "GET and HEAD show objects as they were so long ago"
        ),
        flag("close-connections", &quirks::close_connections, "every answer closes its connection"),
    };
    return rows;
}

const std::vector<profile_row>& store_profiles() {
    static const std::vector<profile_row> profiles = {
        {"strict", "S3, and stricter than S3 where that is lax", {}},
        {"aws", "S3 without special encryption", {"md5-etags", "md5-multipart-etags"}},
        {"r2",
         "equal parts, random multipart ETags, no checksum headers (501)",
         {"equal-parts", "md5-etags", "refuse-checksums=501"}},
        {"b2", "no checksum headers (400)", {"refuse-checksums=400", "refuse-trailers"}},
        {"gcs-xml",
         "no conditions by ETag, metadata of uploads lost, no part copy",
         {"ignore-conditions", "drop-upload-metadata", "no-part-copy", "md5-etags"}},
        {"ovh",
         "no checksum headers, no trailers",
         {"refuse-checksums=400", "refuse-trailers", "md5-etags"}},
        {"storj", "no trailers, no part copy", {"refuse-trailers", "no-part-copy"}},
        {"minio-old",
         "304 where a write's condition fails, no checksums",
         {"304-for-412", "ignore-checksums", "md5-etags", "md5-multipart-etags"}},
        {"ceph-16",
         "conditions of completions ignored, PUT If-Match always refused, no checksums",
         {"ignore-complete-conditions",
          "refuse-if-match",
          "ignore-checksums",
          "refuse-trailers",
          "empty-complete-etag",
          "repeat-complete",
          "md5-etags",
          "md5-multipart-etags"}},
        {"seaweedfs",
         "ListObjects only, no url encoding, bare ETags",
         {"v1-only",
          "no-url-encoding",
          "unquoted-etags",
          "ignore-conditions",
          "ignore-checksums",
          "md5-etags"}},
        {"storagegrid", "SHA-256 checksums only", {"only-sha256"}},
        {"fastly", "no multipart uploads, ETags that are no MD5", {"no-multipart"}},
        {"v1-era",
         "as stores were before 2018: ListObjects, no conditions, no checksums, nothing encoded",
         {"v1-only",
          "no-url-encoding",
          "ignore-conditions",
          "ignore-checksums",
          "refuse-chunks",
          "no-tagging",
          "md5-etags",
          "md5-multipart-etags"}},
        {"lagging",
         "listings lag by 2 s, reads by 500 ms",
         {"late-listings=2s", "late-reads=500ms"}},
        {"forgetful",
         "no metadata is kept, connections are closed",
         {"drop-metadata", "close-connections"}},
    };
    return profiles;
}

result<void> add_quirk(quirks& to, std::string_view word) {
    using namespace quirk_detail;
    const auto equals = std::min(word.find('='), word.size());
    const auto name = word.substr(0, equals);
    const auto value = word.substr(std::min(equals + 1, word.size()));
    for (const auto& row : quirk_table()) {
        if (row.name != name) continue;
        if (row.number) return set_number(to, row, word, value);
        if (row.span) {
            const auto span = parse_duration(value);
            if (!span)
                return unusable(
                    std::string(word) + ": needs a time, as in " + std::string(name) + "=5s"
                );
            to.*row.span = *span;
            return {};
        }
        if (equals != word.size()) return unusable(std::string(word) + ": takes no value");
        to.*row.flag = true;
        return {};
    }
    std::vector<std::string> known;
    for (const auto& row : quirk_table())
        known.emplace_back(row.name);
    const auto near = nearest(name, known);
    return unusable(
        '"' + std::string(word) + "\" is no quirk" +
        (near ? "; did you mean " + *near + '?' : "; --help names them")
    );
}

std::vector<std::string> quirk_words(const quirks& from) {
    const quirks usual;
    std::vector<std::string> out;
    for (const auto& row : quirk_table()) {
        const auto name = std::string(row.name);
        if (row.flag && from.*row.flag) out.push_back(name);
        if (row.number && from.*row.number != usual.*row.number)
            out.push_back(name + '=' + std::to_string(from.*row.number));
        if (row.span && from.*row.span != usual.*row.span)
            out.push_back(name + '=' + std::to_string((from.*row.span).count()) + "ms");
    }
    return out;
}

result<void> add_profile(quirks& to, std::string_view name) {
    std::string known;
    for (const auto& profile : store_profiles()) {
        known += (known.empty() ? "" : ", ") + std::string(profile.name);
        if (profile.name != name) continue;
        for (const auto word : profile.words) {
            if (auto added = add_quirk(to, word); !added) return added;
        }
        return {};
    }
    return quirk_detail::unusable('"' + std::string(name) + "\" is none of the profiles: " + known);
}

} // namespace sluice::sim
