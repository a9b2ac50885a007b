// s3client: the names of abilities, and what follows from them.
#include <sluice/base/text.hpp>
#include <sluice/s3/store_profile.hpp>

namespace sluice::s3 {

namespace {

struct ability_row {
    ability what;
    std::string_view name, description;
};

constexpr std::array ability_table = std::to_array<ability_row>({
    {ability::create_once, "create_once", "PUT If-None-Match: * (of 16 at once one wins, 3 times)"},
    {ability::put_if_match, "put_if_match", "PUT If-Match (right ETag taken, wrong one refused)"},
    {ability::complete_once, "complete_once", "CompleteMultipartUpload If-None-Match: *"},
    {ability::remove_if_match, "remove_if_match", "DELETE If-Match"},
    {ability::read_if_match, "read_if_match", "ranged GET If-Match"},
    {ability::read_ranges, "read_ranges", "ranged GET"},
    {ability::read_after_write, "read_after_write", "reads show at once what was written"},
    {ability::listing_after_write, "listing_after_write", "listings show at once what was written"},
    {ability::takes_crc64nvme, "takes_crc64nvme", "x-amz-checksum-crc64nvme accepted"},
    {ability::verifies_crc64nvme, "verifies_crc64nvme", "… and a wrong one refused"},
    {ability::takes_crc32c, "takes_crc32c", "x-amz-checksum-crc32c accepted"},
    {ability::verifies_crc32c, "verifies_crc32c", "… and a wrong one refused"},
    {ability::takes_crc32, "takes_crc32", "x-amz-checksum-crc32 accepted"},
    {ability::verifies_crc32, "verifies_crc32", "… and a wrong one refused"},
    {ability::takes_sha256, "takes_sha256", "x-amz-checksum-sha256 accepted"},
    {ability::verifies_sha256, "verifies_sha256", "… and a wrong one refused"},
    {ability::takes_md5, "takes_md5", "Content-MD5 accepted"},
    {ability::verifies_md5, "verifies_md5", "… and a wrong one refused"},
    {ability::tells_checksums, "tells_checksums", "HEAD tells the checksum of an object"},
    {ability::tells_upload_checksums,
     "tells_upload_checksums",
     "… and of the whole object of a multipart upload"},
    {ability::verifies_upload_checksums,
     "verifies_upload_checksums",
     "a wrong one of the whole is refused on completion"},
    {ability::unsigned_trailers, "unsigned_trailers", "a checksum behind an unsigned body"},
    {ability::signed_chunks, "signed_chunks", "bodies signed chunk by chunk"},
    {ability::signed_trailers, "signed_trailers", "… with a signed checksum behind them"},
    {ability::keeps_metadata, "keeps_metadata", "x-amz-meta-* of PUT kept"},
    {ability::keeps_upload_metadata, "keeps_upload_metadata", "… and of multipart uploads"},
    {ability::list_v2, "list_v2", "ListObjectsV2, in order, page by page"},
    {ability::list_v1, "list_v1", "ListObjects, in order, page by page"},
    {ability::url_encoded_listings,
     "url_encoded_listings",
     "keys that XML cannot carry are listed"},
    {ability::odd_keys, "odd_keys", "keys with blanks, +, %, // and umlauts stay what they are"},
    {ability::multipart, "multipart", "multipart uploads"},
    {ability::small_parts, "small_parts", "parts below 5 MiB"},
    {ability::unequal_parts, "unequal_parts", "parts of different sizes"},
    {ability::list_parts, "list_parts", "ListParts"},
    {ability::list_uploads, "list_uploads", "ListMultipartUploads"},
    {ability::repeats_complete,
     "repeats_complete",
     "a second CompleteMultipartUpload succeeds, too"},
    {ability::copy, "copy", "CopyObject"},
    {ability::copy_part, "copy_part", "UploadPartCopy"},
    {ability::remove_many, "remove_many", "DeleteObjects"},
    {ability::tags, "tags", "object tags"},
    {ability::versions, "versions", "the bucket keeps old versions"},
    {ability::aborts_uploads, "aborts_uploads", "a lifecycle rule aborts incomplete uploads"},
});

constexpr bool in_order() {
    for (std::size_t n = 0; n < ability_table.size(); ++n) {
        if (ability_table[n].what != static_cast<ability>(n)) return false;
    }
    return ability_table.size() == ability_count;
}
static_assert(in_order());

/// Notes are a peer's words: whatever they are, the document stays JSON.
void put_text(std::string& to, std::string_view text) {
    std::string safe(text);
    if (!is_utf8(safe)) {
        for (char& each : safe) {
            if (static_cast<unsigned char>(each) >= 0x80) each = '?';
        }
    }
    append_json_string(to, safe);
}

void put_member(std::string& to, std::string_view name, std::string_view value) {
    to += ",\"" + std::string(name) + "\":";
    put_text(to, value);
}

std::string_view word_of(verdict said) {
    if (said == verdict::unknown) return "null";
    return said == verdict::yes ? "true" : "false";
}

} // namespace

std::string_view name_of(ability what) {
    return ability_table[static_cast<std::size_t>(what)].name;
}

std::string_view description_of(ability what) {
    return ability_table[static_cast<std::size_t>(what)].description;
}

std::string_view guarantee_of(const store_profile& from) {
    return from.can(ability::create_once) ? "exactly-once" : "single-writer";
}

capabilities capabilities_of(const store_profile& from) {
    capabilities able;
    able.trailers = from.can(ability::unsigned_trailers) && from.can(ability::verifies_crc64nvme);
    able.signed_chunks = from.can(ability::signed_chunks) && from.can(ability::signed_trailers);
    able.list_second_version = from.of(ability::list_v2).said != verdict::no;
    able.url_encoded_listings = from.of(ability::url_encoded_listings).said != verdict::no;
    return able;
}

bool takes_checksums(const store_profile& from) {
    return from.can(ability::takes_crc64nvme) || from.can(ability::takes_crc32c) ||
           from.can(ability::takes_crc32) || from.can(ability::takes_sha256);
}

std::string store_profile_json(const store_profile& from) {
    std::string out = "{\"version\":1";
    put_member(out, "endpoint", from.endpoint);
    put_member(out, "bucket", from.bucket);
    put_member(out, "prefix", from.prefix);
    put_member(out, "probed_at", format_timestamp(from.probed_at).value_or(""));
    put_member(out, "guarantee", guarantee_of(from));
    out += ",\"abilities\":{";
    for (const ability_row& row : ability_table) {
        const finding& found = from.of(row.what);
        if (row.what != ability_table.front().what) out += ',';
        out += '"' + std::string(row.name) + "\":{\"can\":";
        out += word_of(found.said);
        if (!found.note.empty()) put_member(out, "note", found.note);
        out += '}';
    }
    out += '}';
    put_member(out, "etags", from.etag_kind);
    put_member(out, "part_etags", from.part_etag_kind);
    out += ",\"smallest_part\":" + std::to_string(from.smallest_part);
    out += ",\"clock_ahead_seconds\":";
    out += from.clock_ahead ? std::to_string(*from.clock_ahead) : "null";
    put_member(out, "region", from.region);
    out += ",\"requests\":" + std::to_string(from.requests) + ",\"left_behind\":[";
    for (const std::string& each : from.left_behind) {
        if (out.back() != '[') out += ',';
        put_text(out, each);
    }
    return out + "]}";
}

} // namespace sluice::s3
