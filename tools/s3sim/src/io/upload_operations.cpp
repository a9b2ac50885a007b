// s3sim: operations on multipart uploads.
#include "core/customer_keys.hpp"
#include "core/stored_headers.hpp"
#include "core/time_text.hpp"
#include "core/xml_text.hpp"
#include "io/operations.hpp"

namespace sluice::sim {

namespace upload_detail {

answer document_answer(std::string document) {
    answer out;
    out.headers.emplace_back("Content-Type", "application/xml");
    out.body = std::move(document);
    return out;
}

/// Whether the checksum of the object is one of checksums; refuses unknown words, COMPOSITE for
/// CRC64NVME and FULL_OBJECT for SHA-256, which have none.
outcome<bool> read_composite(const request_head& head, checksum_kind kind, bool otherwise) {
    const auto* text = head.find("x-amz-checksum-type");
    if (!text) return outcome<bool>(otherwise);
    if (*text == "FULL_OBJECT" && kind != checksum_kind::sha256) return outcome<bool>(false);
    const bool joins_sums = kind != checksum_kind::none && kind != checksum_kind::crc64nvme;
    if (*text == "COMPOSITE" && joins_sums) return outcome<bool>(true);
    return refuse(
        400,
        "InvalidRequest",
        "The checksum type " + *text + " cannot be used with this checksum algorithm."
    );
}

outcome<answer> create_upload(store& in, const request& ask, const operation_rules& rules) {
    upload one;
    one.key = ask.to.key;
    one.initiated = ask.now;
    one.headers = stored_headers(ask.head);
    one.tags = ask.tags;
    auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    one.key_md5 = std::move(*key);
    if (!ask.odd.ignore_checksums) {
        const auto algorithm = read_algorithm(ask.head);
        if (!algorithm) return algorithm.error();
        const bool usual =
            *algorithm != checksum_kind::none && *algorithm != checksum_kind::crc64nvme;
        const auto composite = read_composite(ask.head, *algorithm, usual);
        if (!composite) return composite.error();
        one.algorithm = *algorithm;
        one.composite = *composite;
    }
    const auto id = in.create_upload(ask.to.bucket, one);
    if (!id) return id.error();
    xml_text xml("InitiateMultipartUploadResult");
    xml.leaf("Bucket", ask.to.bucket);
    xml.leaf("Key", ask.to.key);
    xml.leaf("UploadId", *id);
    auto out = document_answer(xml.finish());
    tell_customer_key(one.key_md5, out.headers);
    if (rules.abort_uploads_after_days > 0) {
        // S3 rounds up to the next midnight.
        const auto day = std::chrono::floor<std::chrono::days>(ask.now) +
                         std::chrono::days(rules.abort_uploads_after_days + 1);
        out.headers.emplace_back("x-amz-abort-date", http_date(day));
        out.headers.emplace_back("x-amz-abort-rule-id", "abort-incomplete-uploads");
    }
    if (one.algorithm != checksum_kind::none) {
        out.headers.emplace_back("x-amz-checksum-algorithm", name_of(one.algorithm));
        out.headers.emplace_back(
            "x-amz-checksum-type", one.composite ? "COMPOSITE" : "FULL_OBJECT"
        );
    }
    return out;
}

outcome<answer> upload_part(store& in, const request& ask, received body) {
    const auto id = ask.where.get("uploadId");
    const auto key = read_customer_key(ask.head, key_of::object);
    if (!key) return key.error();
    part one;
    one.size = ask.length;
    one.modified = ask.now;
    one.sums = body.sums;
    if (key->empty()) one.etag = body.md5;
    one.data = std::move(body.data);
    const auto number = static_cast<unsigned>(*parse_number(ask.where.get("partNumber")));
    const auto stored =
        in.put_part(ask.to.bucket, ask.to.key, std::string(id), number, std::move(one));
    if (!stored) return stored.error();
    answer out;
    out.headers.emplace_back("ETag", '"' + (*stored)->etag + '"');
    tell_customer_key(*key, out.headers);
    if ((*stored)->sums.told != checksum_kind::none) {
        out.headers.emplace_back(header_of((*stored)->sums.told), value_of((*stored)->sums));
    }
    return out;
}

outcome<completion> read_completion(const store& in, const request& ask, std::string_view body) {
    completion out;
    const auto from = in.find_upload(ask.to.bucket, ask.to.key, ask.where.get("uploadId"));
    if (!from) return from.error();
    auto parts = read_complete_document(body);
    if (!parts) return parts.error();
    out.parts = std::move(*parts);
    out.claim = ask.sums;
    out.given = ask.given;
    if (!ask.odd.ignore_checksums) {
        const bool other = from->algorithm != checksum_kind::none &&
                           ask.sums.kind != checksum_kind::none && ask.sums.kind != from->algorithm;
        if (other) {
            return refuse(
                400, "InvalidRequest", "The upload was created with another checksum algorithm"
            );
        }
        const auto composite = read_composite(ask.head, from->algorithm, from->composite);
        if (!composite) return composite.error();
        out.composite = *composite;
    }
    if (const auto* size = ask.head.find("x-amz-mp-object-size")) {
        out.size = parse_number(*size);
        if (!out.size)
            return refuse(400, "InvalidRequest", "x-amz-mp-object-size must be a number");
    }
    return out;
}

outcome<answer> complete_upload(
    store& in, const request& ask, std::string_view body, const operation_rules& rules
) {
    const auto id = std::string(ask.where.get("uploadId"));
    auto done = in.completed_before(ask.to.bucket, ask.to.key, id);
    if (!done) {
        const auto asked = read_completion(in, ask, body);
        if (!asked) return asked.error();
        const auto stored = in.complete(ask.to.bucket, ask.to.key, id, *asked, ask.now);
        if (!stored) return stored.error();
        done = *stored;
    }
    const auto& one = *done;
    xml_text xml("CompleteMultipartUploadResult");
    xml.leaf(
        "Location",
        rules.scheme + "://" + std::string(ask.head.get("host")) + canonical_path(ask.where)
    );
    xml.leaf("Bucket", ask.to.bucket);
    xml.leaf("Key", ask.to.key);
    xml.leaf("ETag", '"' + one.etag + '"');
    if (one.sums.told != checksum_kind::none) {
        xml.leaf("Checksum" + std::string(name_of(one.sums.told)), value_of(one.sums));
        xml.leaf("ChecksumType", type_of(one.sums));
    }
    auto out = document_answer(xml.finish());
    if (!one.version_id.empty()) out.headers.emplace_back("x-amz-version-id", one.version_id);
    return out;
}

outcome<answer> upload_listing(const store& in, const request& ask) {
    auto asked = read_uploads_query(ask.where);
    if (!asked) return asked.error();
    asked->bucket = ask.to.bucket;
    if (ask.odd.no_url_encoding) asked->url_encoded = false;
    auto document = in.list_uploads(*asked);
    if (!document) return document.error();
    return document_answer(std::move(*document));
}

outcome<answer> part_listing(const store& in, const request& ask) {
    auto asked = read_parts_query(ask.where);
    if (!asked) return asked.error();
    asked->bucket = ask.to.bucket;
    auto document = in.list_parts(ask.to.key, ask.where.get("uploadId"), *asked);
    if (!document) return document.error();
    return document_answer(std::move(*document));
}

outcome<answer> abort_upload(store& in, const request& ask) {
    const auto done = in.abort(ask.to.bucket, ask.to.key, ask.where.get("uploadId"));
    if (!done) return done.error();
    answer out;
    out.status = 204;
    return out;
}

} // namespace upload_detail

outcome<answer>
perform_on_upload(store& in, const request& ask, received body, const operation_rules& rules) {
    switch (ask.to.what) {
    case operation::create_upload:
        return upload_detail::create_upload(in, ask, rules);
    case operation::upload_part:
        return upload_detail::upload_part(in, ask, std::move(body));
    case operation::complete_upload:
        return upload_detail::complete_upload(in, ask, body.text, rules);
    case operation::abort_upload:
        return upload_detail::abort_upload(in, ask);
    case operation::list_parts:
        return upload_detail::part_listing(in, ask);
    default:
        return upload_detail::upload_listing(in, ask);
    }
}

} // namespace sluice::sim
