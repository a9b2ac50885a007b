// s3client: what a probe found out about a store, as a value that can be stored and shown.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/capabilities.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

/// One thing that a store can do or not. The order is that of `ability_table`.
enum class ability {
    create_once = 0, ///< PUT with If-None-Match: *, of 16 at once exactly one wins, three times
    put_if_match,    ///< PUT with If-Match: the right ETag is taken, a wrong one refused
    complete_once,   ///< CompleteMultipartUpload with If-None-Match: *
    remove_if_match,
    read_if_match, ///< ranged GET with If-Match
    read_ranges,
    read_after_write,    ///< HEAD after a first PUT, GET after one over it
    listing_after_write, ///< listings show what was put, and not what was removed, at once
    takes_crc64nvme,     ///< the header does not make the store refuse the body
    verifies_crc64nvme,  ///< a wrong one is refused
    takes_crc32c,
    verifies_crc32c,
    takes_crc32,
    verifies_crc32,
    takes_sha256,
    verifies_sha256,
    takes_md5, ///< Content-MD5
    verifies_md5,
    tells_checksums,           ///< HEAD tells what a PUT brought
    tells_upload_checksums,    ///< of the full object of a multipart upload, too
    verifies_upload_checksums, ///< a wrong one at CompleteMultipartUpload is refused
    unsigned_trailers,         ///< a checksum behind the body
    signed_chunks,
    signed_trailers,
    keeps_metadata,
    keeps_upload_metadata, ///< given to CreateMultipartUpload
    list_v2,
    list_v1,
    url_encoded_listings, ///< keys that XML cannot carry can be listed
    odd_keys,             ///< spaces, plus, percent, `//` and non-ASCII letters stay what they are
    multipart,
    small_parts,   ///< parts below 5 MiB
    unequal_parts, ///< parts of different sizes, the last one aside
    list_parts,
    list_uploads,
    repeats_complete, ///< CompleteMultipartUpload again: success
    copy,
    copy_part,
    remove_many,
    tags,
    versions,       ///< the bucket keeps old versions
    aborts_uploads, ///< a lifecycle rule aborts incomplete uploads
};
inline constexpr std::size_t ability_count = static_cast<std::size_t>(ability::aborts_uploads) + 1;

enum class verdict { unknown = 0, no, yes };

struct finding {
    verdict said = verdict::unknown;
    std::string note; ///< what the store said, or why it is not known; may be empty
};

struct store_profile {
    std::string endpoint, bucket, prefix; ///< where it was asked
    std::int64_t probed_at = 0;           ///< µs since 1970 UTC
    std::array<finding, ability_count> findings;
    std::string etag_kind;           ///< "md5", "repeatable" (same bytes, same ETag), "unique"
    std::string part_etag_kind;      ///< the same of parts
    std::uint64_t smallest_part = 0; ///< bytes, of parts but the last, that were taken
    std::optional<std::int64_t> clock_ahead; ///< seconds: the store's clock minus ours
    std::string region;                      ///< empty: not told
    std::uint64_t requests = 0;              ///< that the probe made
    std::vector<std::string> left_behind;    ///< what could not be removed

    finding& of(ability what) { return findings[static_cast<std::size_t>(what)]; }
    const finding& of(ability what) const { return findings[static_cast<std::size_t>(what)]; }
    bool can(ability what) const { return of(what).said == verdict::yes; }
};

/// "create_once": as JSON and people see it.
std::string_view name_of(ability what);
/// A line about it for people.
std::string_view description_of(ability what);

/// "exactly-once" where of several conditional PUTs one wins, else "single-writer".
std::string_view guarantee_of(const store_profile& from);
/// How a client should speak to this store. What is not known is left at its default.
capabilities capabilities_of(const store_profile& from);
/// Whether any checksum header is taken. With none, the plain profile: bodies are signed instead.
bool takes_checksums(const store_profile& from);

/// One JSON document, for `read_store_profile`:
/// {"version":1,"endpoint":…,"abilities":{"create_once":
/// {"can":true},"list_v1":{"can":null,"note":"…"}},…}.
std::string store_profile_json(const store_profile& from);
/// Abilities that the document does not name are not known; names that we do not know are skipped.
/// Errors: errc::invalid_argument (no such document), errc::unsupported_version.
result<store_profile> read_store_profile(std::string_view json);

} // namespace sluice::s3
