// s3sim: copies within the store.
#include "core/copy_source.hpp"
#include "core/customer_keys.hpp"
#include "core/stored_headers.hpp"
#include "core/xml_text.hpp"
#include "io/operations.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::sim {

namespace copy_detail {

/// The source, if it is there, its key is the right one and its conditions hold.
outcome<object_ptr> find_source(const store& in, const request& ask, const copy_source& from) {
    const auto found = in.get(from.bucket, from.key, from.version);
    if (!found) return found;
    const auto key = read_customer_key(ask.head, key_of::source);
    if (!key) return key.error();
    if (auto wrong = check_customer_key(*key, (*found)->key_md5)) return *wrong;
    auto refused = check_read(from.given, **found);
    if (!refused) return found;
    // A copy has no 304.
    refused->status = 412;
    refused->code = "PreconditionFailed";
    return *refused;
}

bool copy_piece(const blob& from, std::uint64_t first, std::uint64_t size, blob_writer& to) {
    while (size > 0) {
        const auto window = to.window();
        const auto part = window.first(std::min<std::uint64_t>(window.size(), size));
        if (!from.read(first, part) || !to.advance(part.size())) return false;
        first += part.size();
        size -= part.size();
    }
    return true;
}

/// A new blob of these bytes; nullptr when the medium fails.
blob_ptr copy_bytes(store& in, const object& from, byte_range range) {
    const auto to = in.writer(range.size);
    if (!to) return nullptr;
    for (const auto& piece : from.pieces) {
        if (range.first >= piece->size()) {
            range.first -= piece->size();
            continue;
        }
        const auto size = std::min(range.size, piece->size() - range.first);
        if (!copy_piece(*piece, range.first, size, *to)) return nullptr;
        range.first = 0;
        range.size -= size;
    }
    return to->finish();
}

refusal no_room() {
    return refuse(500, "InternalError", "The simulator has no room for this copy");
}

checksum_set summed(const blob& data, checksum_kind kind) {
    checksum_set out;
    if (kind == checksum_kind::none) return out;
    const auto text = checksum_of(data, kind);
    out.told = kind;
    if (kind == checksum_kind::sha256) out.sha256 = text;
    set_crc(out, kind, parse_checksum(kind, text).value_or(0));
    return out;
}

answer copied_answer(std::string_view root, const std::string& etag, sys_seconds when) {
    xml_text xml(root);
    xml.leaf("LastModified", xml_date(when));
    xml.leaf("ETag", '"' + etag + '"');
    answer out;
    out.headers.emplace_back("Content-Type", "application/xml");
    out.body = xml.finish();
    return out;
}

/// Headers and tags of the new object, by the directives.
outcome<object> described(const request& ask, const copy_source& from, const object& source) {
    const auto metadata = read_directive(ask.head, "x-amz-metadata-directive");
    if (!metadata) return metadata.error();
    const auto tags = read_directive(ask.head, "x-amz-tagging-directive");
    if (!tags) return tags.error();
    auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    const bool replaces = *metadata == directive::replace;
    const bool same =
        from.bucket == ask.to.bucket && from.key == ask.to.key && *key == source.key_md5;
    if (same && !replaces && !ask.head.find("x-amz-storage-class")) {
        return refuse(
            400,
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without "
            "changing the object's metadata, storage class, website redirect location or "
            "encryption attributes."
        );
    }
    object out;
    out.size = source.size;
    out.modified = ask.now;
    out.headers = replaces ? stored_headers(ask.head) : source.headers;
    out.tags = *tags == directive::replace ? ask.tags : source.tags;
    out.key_md5 = std::move(*key);
    return out;
}

} // namespace copy_detail

using namespace copy_detail;

outcome<answer> copy_object(store& in, const request& ask) {
    const auto from = read_copy_source(ask.head);
    if (!from) return from.error();
    const auto source = find_source(in, ask, *from);
    if (!source) return source.error();
    auto made = described(ask, *from, **source);
    if (!made) return made.error();
    const auto algorithm = read_algorithm(ask.head);
    if (!algorithm) return algorithm.error();
    const auto kind = *algorithm != checksum_kind::none ? *algorithm : (*source)->sums.told;
    if (made->size > 0) {
        const auto data = copy_bytes(in, **source, {0, made->size});
        if (!data) return no_room();
        made->sums = summed(*data, kind);
        made->pieces.push_back(data);
    }
    const auto stored = in.put(ask.to.bucket, ask.to.key, std::move(*made), ask.given);
    if (!stored) return stored.error();
    auto out = copied_answer("CopyObjectResult", (*stored)->etag, ask.now);
    tell_customer_key((*stored)->key_md5, out.headers);
    const auto& version = (*stored)->version_id;
    if (!version.empty()) out.headers.emplace_back("x-amz-version-id", version);
    const auto& copied = (*source)->version_id;
    if (!copied.empty()) out.headers.emplace_back("x-amz-copy-source-version-id", copied);
    return out;
}

outcome<answer> copy_part(store& in, const request& ask) {
    const auto from = read_copy_source(ask.head);
    if (!from) return from.error();
    const auto source = find_source(in, ask, *from);
    if (!source) return source.error();
    const auto range = read_copy_range(ask.head, (*source)->size);
    if (!range) return range.error();
    const auto id = ask.where.get("uploadId");
    const auto to = in.find_upload(ask.to.bucket, ask.to.key, id);
    if (!to) return to.error();
    const auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    part one;
    one.size = range->size;
    one.modified = ask.now;
    one.data = copy_bytes(in, **source, *range);
    if (!one.data) return no_room();
    one.sums = summed(*one.data, to->algorithm);
    const auto number = static_cast<unsigned>(*parse_number(ask.where.get("partNumber")));
    const auto stored = in.put_part(ask.to.bucket, ask.to.key, id, number, std::move(one));
    if (!stored) return stored.error();
    auto out = copied_answer("CopyPartResult", (*stored)->etag, ask.now);
    tell_customer_key(*key, out.headers);
    return out;
}

} // namespace sluice::sim
