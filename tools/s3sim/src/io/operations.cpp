// s3sim: admission, and operations on buckets and objects.
#include "io/operations.hpp"

#include "core/customer_keys.hpp"
#include "core/stored_headers.hpp"
#include "core/xml_text.hpp"

#include <algorithm>

namespace sluice::sim {

namespace operations_detail {

bool needs_bucket(operation what) {
    return what != operation::list_buckets && what != operation::create_bucket;
}

bool names_upload(operation what) {
    return what == operation::upload_part || what == operation::complete_upload ||
           what == operation::abort_upload || what == operation::list_parts ||
           what == operation::upload_part_copy;
}

/// Conditions that real stores ignore would hide a client's mistake: here they are refused.
std::optional<refusal> check_conditions(const request& ask) {
    for (const std::string_view name : {"if-modified-since", "if-unmodified-since", "if-range"}) {
        if (ask.head.find(name)) {
            return refuse(
                501, "NotImplemented", "header " + std::string(name) + " is not implemented here"
            );
        }
    }
    const bool conditional = ask.head.find("if-match") || ask.head.find("if-none-match");
    const auto what = ask.to.what;
    const bool honoured = what == operation::put_object || what == operation::copy_object ||
                          what == operation::complete_upload || what == operation::get_object ||
                          what == operation::head_object || what == operation::delete_object;
    if (!conditional || honoured) return std::nullopt;
    return refuse(501, "NotImplemented", std::string(name_of(what)) + " takes no conditions");
}

std::optional<refusal> check_part(const request& ask, const upload& to) {
    const auto number = parse_number(ask.where.get("partNumber"));
    if (!number || *number < 1 || *number > ask.odd.max_parts) {
        return refuse(
            400,
            "InvalidArgument",
            "Part number must be an integer between 1 and " + std::to_string(ask.odd.max_parts) +
                ", inclusive"
        );
    }
    const auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    if (auto refused = check_part_key(*key, to.key_md5)) return refused;
    const bool computes = ask.to.what == operation::upload_part_copy;
    if (computes || ask.odd.ignore_checksums || to.algorithm == checksum_kind::none)
        return std::nullopt;
    if (ask.sums.kind == to.algorithm) return std::nullopt;
    const auto shown = [](checksum_kind kind) {
        return kind == checksum_kind::none ? std::string("null") : std::string(name_of(kind));
    };
    return refuse(
        400,
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: " + shown(to.algorithm) +
            ", actual checksum Type: " + shown(ask.sums.kind)
    );
}

answer xml_answer(std::string document) {
    answer out;
    out.headers.emplace_back("Content-Type", "application/xml");
    out.body = std::move(document);
    return out;
}

answer bucket_list(const store& in) {
    xml_text xml("ListAllMyBucketsResult");
    xml.open("Owner");
    xml.leaf("ID", "simulator");
    xml.close("Owner");
    xml.open("Buckets");
    for (const auto& [name, created] : in.list_buckets()) {
        xml.open("Bucket");
        xml.leaf("Name", name);
        xml.leaf("CreationDate", xml_date(created));
        xml.close("Bucket");
    }
    xml.close("Buckets");
    return xml_answer(xml.finish());
}

outcome<answer> object_listing(const store& in, const request& ask) {
    auto asked = read_list_query(ask.where);
    if (!asked) return asked.error();
    asked->bucket = ask.to.bucket;
    if (ask.odd.first_list_version) {
        asked->first_version = true;
        asked->token.clear();
    }
    if (ask.odd.no_url_encoding) asked->url_encoded = false;
    asked->max_keys =
        static_cast<unsigned>(std::min<std::uint64_t>(asked->max_keys, ask.odd.max_keys));
    auto document = in.list(*asked);
    if (!document) return document.error();
    return xml_answer(std::move(*document));
}

void describe_object(const request& ask, const object& one, bool partial, answer& out) {
    out.headers.emplace_back("ETag", '"' + one.etag + '"');
    out.headers.emplace_back("Last-Modified", http_date(one.modified));
    out.headers.emplace_back("Accept-Ranges", "bytes");
    tell_version(one.version_id, out);
    tell_customer_key(one.key_md5, out.headers);
    bool typed = false;
    for (const auto& kept : one.headers) {
        typed = typed || kept.name == "content-type";
        out.headers.emplace_back(kept.name, kept.value);
    }
    if (!typed) out.headers.emplace_back("Content-Type", "binary/octet-stream");
    if (!one.tags.empty())
        out.headers.emplace_back("x-amz-tagging-count", std::to_string(one.tags.size()));
    const bool told = one.sums.told != checksum_kind::none && !partial;
    if (!told || ask.head.get("x-amz-checksum-mode") != "ENABLED") return;
    out.headers.emplace_back(header_of(one.sums.told), value_of(one.sums));
    out.headers.emplace_back("x-amz-checksum-type", type_of(one.sums));
}

outcome<answer> read_object(const store& in, const request& ask) {
    const auto version = std::string(ask.where.get("versionId"));
    const auto found = in.get(ask.to.bucket, ask.to.key, version);
    if (!found) return found.error();
    const auto& one = **found;
    const auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    if (auto refused = check_customer_key(*key, one.key_md5)) return *refused;
    if (auto refused = check_read(ask.given, one)) return *refused;
    answer out;
    out.content = *found;
    out.range = {0, one.size};
    std::optional<byte_range> partial;
    if (const auto* text = ask.head.find("range")) {
        const auto range = read_range(*text, one.size);
        if (!range) return range.error();
        partial = *range;
    }
    if (partial) {
        out.status = 206;
        out.range = *partial;
        const auto last = partial->first + partial->size - 1;
        out.headers.emplace_back(
            "Content-Range",
            "bytes " + std::to_string(partial->first) + '-' + std::to_string(last) + '/' +
                std::to_string(one.size)
        );
    }
    describe_object(ask, one, partial.has_value(), out);
    return out;
}

void tell_checksum(const checksum_set& sums, answer& out) {
    if (sums.told == checksum_kind::none) return;
    out.headers.emplace_back(header_of(sums.told), value_of(sums));
    out.headers.emplace_back("x-amz-checksum-type", type_of(sums));
}

outcome<answer> put_object(store& in, const request& ask, received body) {
    const auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    object one;
    one.size = ask.length;
    one.modified = ask.now;
    one.headers = stored_headers(ask.head);
    one.tags = ask.tags;
    one.sums = body.sums;
    one.key_md5 = *key;
    if (key->empty()) one.etag = body.md5; // that of what is encrypted is no MD5 of the bytes
    if (one.size > 0) one.pieces.push_back(std::move(body.data));
    const auto stored = in.put(ask.to.bucket, ask.to.key, std::move(one), ask.given);
    if (!stored) return stored.error();
    answer out;
    out.headers.emplace_back("ETag", '"' + (*stored)->etag + '"');
    tell_version((*stored)->version_id, out);
    tell_customer_key((*stored)->key_md5, out.headers);
    tell_checksum((*stored)->sums, out);
    return out;
}

outcome<answer> empty_answer(const outcome<void>& done, unsigned status) {
    if (!done) return done.error();
    answer out;
    out.status = status;
    return out;
}

outcome<answer> bucket_location(const operation_rules& rules) {
    xml_text xml("LocationConstraint");
    // us-east-1 is told as nothing: the oldest region had no name when this was designed.
    auto document = xml.finish();
    if (rules.region != "us-east-1") document.insert(document.find("</"), xml_escape(rules.region));
    return xml_answer(std::move(document));
}

outcome<answer> bucket_lifecycle(const operation_rules& rules) {
    if (!rules.lifecycle.empty()) return xml_answer(rules.lifecycle);
    return refuse(
        404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"
    );
}

} // namespace operations_detail

using namespace operations_detail;

body_kind body_of(operation what) {
    switch (what) {
    case operation::put_object:
    case operation::upload_part:
        return body_kind::blob;
    case operation::complete_upload:
    case operation::create_bucket:
    case operation::delete_objects:
    case operation::put_tagging:
    case operation::put_versioning:
        return body_kind::text;
    default:
        return body_kind::none;
    }
}

std::optional<refusal> admit(const store& in, const request& ask) {
    if (auto refused = check_headers(ask.head)) return refused;
    if (auto refused = check_conditions(ask)) return refused;
    if (const auto key = read_customer_key(ask.head, key_of::object); !key) return key.error();
    if (needs_bucket(ask.to.what)) {
        if (const auto there = in.check_bucket(ask.to.bucket); !there) return there.error();
    }
    const bool must_have_length = ask.head.method == "PUT" ||
                                  ask.to.what == operation::complete_upload ||
                                  ask.to.what == operation::delete_objects;
    if (must_have_length && !ask.head.find("content-length")) {
        return refuse(
            411, "MissingContentLength", "You must provide the Content-Length HTTP header."
        );
    }
    if (ask.length > 5'368'709'120) {
        return refuse(
            400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"
        );
    }
    const bool wants_digest = ask.to.what == operation::delete_objects;
    if (wants_digest && !ask.sums.md5 && ask.sums.kind == checksum_kind::none) {
        return refuse(
            400,
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        );
    }
    if (!names_upload(ask.to.what)) return std::nullopt;
    const auto id = std::string(ask.where.get("uploadId"));
    const bool repeats = ask.to.what == operation::complete_upload &&
                         in.completed_before(ask.to.bucket, ask.to.key, id);
    if (repeats) return std::nullopt;
    const auto to = in.find_upload(ask.to.bucket, ask.to.key, id);
    if (!to) return to.error();
    if (ask.where.find("partNumber")) return check_part(ask, *to);
    return std::nullopt;
}

outcome<answer>
perform(store& in, const request& ask, received body, const operation_rules& rules) {
    switch (ask.to.what) {
    case operation::put_object:
    case operation::get_object:
    case operation::head_object:
    case operation::delete_object:
        return perform_on_object(in, ask, std::move(body));
    case operation::copy_object:
        return copy_object(in, ask);
    case operation::upload_part_copy:
        return copy_part(in, ask);
    case operation::delete_objects:
        return delete_objects(in, ask, body.text);
    case operation::get_tagging:
    case operation::put_tagging:
    case operation::delete_tagging:
        return perform_on_tags(in, ask, body.text);
    case operation::get_versioning:
    case operation::put_versioning:
    case operation::list_versions:
        return perform_on_versions(in, ask, body.text);
    case operation::create_upload:
    case operation::upload_part:
    case operation::complete_upload:
    case operation::abort_upload:
    case operation::list_parts:
    case operation::list_uploads:
        return perform_on_upload(in, ask, std::move(body), rules);
    default:
        return perform_on_bucket(in, ask, rules);
    }
}

outcome<answer> perform_on_bucket(store& in, const request& ask, const operation_rules& rules) {
    const auto& name = ask.to.bucket;
    if (ask.to.what == operation::list_buckets) return bucket_list(in);
    const bool lists =
        ask.to.what == operation::list_objects || ask.to.what == operation::list_objects_v1;
    if (lists) return object_listing(in, ask);
    if (ask.to.what == operation::get_bucket_location) return bucket_location(rules);
    if (ask.to.what == operation::get_bucket_lifecycle) return bucket_lifecycle(rules);
    if (ask.to.what == operation::delete_bucket) return empty_answer(in.delete_bucket(name), 204);
    const bool create = ask.to.what == operation::create_bucket;
    auto out = empty_answer(create ? in.create_bucket(name, ask.now) : in.check_bucket(name), 200);
    if (!out) return out;
    out->headers.emplace_back(
        create ? "Location" : "x-amz-bucket-region", create ? '/' + name : rules.region
    );
    return out;
}

outcome<answer> perform_on_object(store& in, const request& ask, received body) {
    if (ask.to.what == operation::put_object) return put_object(in, ask, std::move(body));
    if (ask.to.what != operation::delete_object) return read_object(in, ask);
    return remove_object(in, ask);
}

} // namespace sluice::sim
