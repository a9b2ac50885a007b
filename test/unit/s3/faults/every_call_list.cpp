// test support: the operations, one after the other.
#include "core/checksum_headers.hpp"
#include "every_call.hpp"

#include <sluice/base/hash.hpp>

#include <utility>

namespace sluice::s3::faults {

namespace {

const std::string xmlns = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
const std::string sent_bytes = "a body of several windows, and of no round size at all";
const std::string object_bytes = "0123456789abcdefghijklmnopqrstuvwxyz!";
const std::string owned = "ETag: \"e\"\r\n";

sound_answer document(const std::string& root, const std::string& inner) {
    return {"200 OK", "", "<" + root + xmlns + ">" + inner + "</" + root + ">"};
}

sound_answer no_body(std::string headers, std::string status = "200 OK") {
    return {std::move(status), std::move(headers), "", sound_answer::kind::no_body};
}

sound_answer whole_object(std::string headers = owned) {
    return {"200 OK", std::move(headers), object_bytes, sound_answer::kind::data, true};
}

sound_answer empty_answer(std::string headers = "") {
    return {"200 OK", std::move(headers), ""};
}

std::string sum_of_object() {
    checksum sum;
    sum.algorithm = checksum::kind::crc32c;
    sum.value = crc32c(as_bytes(object_bytes));
    return encode_checksum(sum);
}

template <class T>
result<std::string> done(const result<T>& got) {
    if (!got) return got.error();
    return std::string("done");
}

template <class What>
What placed(What what) {
    what.bucket = "b";
    what.key = "k";
    return what;
}

result<std::string> put(client_rig& rig, const put_request& given) {
    const put_request what = placed(given);
    memory_source body(as_bytes(sent_bytes));
    const auto got = rig.run(rig.client.put(what, body, deadline::never()));
    if (!got) return got.error();
    return got->etag.str() + " " + std::to_string(got->sum.value);
}

result<std::string> get(client_rig& rig, const get_request& given) {
    const get_request what = placed(given);
    memory_sink sink(1000);
    const auto got = rig.run(rig.client.get(what, sink, deadline::never()));
    if (!got) return got.error();
    return got->etag.str() + " " + std::to_string(got->size) + " " +
           std::string(as_text(sink.bytes()));
}

result<std::string> list(client_rig& rig) {
    list_request what;
    what.bucket = "b";
    const auto got = rig.run(rig.client.list(what, deadline::never()));
    if (!got) return got.error();
    std::string text = got->next_token;
    for (const listed_object& each : got->objects)
        text += " " + each.key + ":" + std::to_string(each.size);
    return text;
}

result<std::string> copy(client_rig& rig, bool if_none_match) {
    copy_request what = placed(copy_request());
    what.from.bucket = "b";
    what.from.key = "a";
    what.if_none_match = if_none_match;
    const auto got = rig.run(rig.client.copy(what, deadline::never()));
    if (!got) return got.error();
    return got->etag + " " + got->last_modified;
}

std::vector<tried_call> calls_on_objects() {
    std::vector<tried_call> all;
    all.push_back({
        .name = "put",
        .make = [](client_rig& rig) { return put(rig, put_request()); },
        .answers = {empty_answer(owned)},
    });
    all.push_back({
        .name = "put_if_absent",
        .make =
            [](client_rig& rig) {
                put_request what;
                what.if_none_match = true;
                return put(rig, what);
            },
        .answers = {empty_answer(owned)},
        .repeats = false,
    });
    all.push_back({
        .name = "put_with_trailer",
        .make =
            [](client_rig& rig) {
                put_request what;
                what.compute = checksum::kind::crc32c;
                return put(rig, what);
            },
        .answers = {empty_answer(owned)},
        .adjust = [](client_options& options) { options.able.trailers = true; },
    });
    all.push_back({
        .name = "put_in_signed_chunks",
        .make = [](client_rig& rig) { return put(rig, put_request()); },
        .answers = {empty_answer(owned)},
        .same_request = false,
        .adjust =
            [](client_options& options) {
                options.able.signed_chunks = true;
                options.who.anonymous = false;
            },
    });
    all.push_back({
        .name = "get",
        .make = [](client_rig& rig) { return get(rig, get_request()); },
        .answers = {whole_object()},
    });
    all.push_back({
        .name = "get_range",
        .make =
            [](client_rig& rig) {
                get_request what;
                what.range = byte_range{5, 20};
                return get(rig, what);
            },
        .answers = {whole_object()},
    });
    all.push_back({
        .name = "get_summed",
        .make = [](client_rig& rig) { return get(rig, get_request()); },
        .answers = {whole_object(owned + "x-amz-checksum-crc32c: " + sum_of_object() + "\r\n")},
    });
    all.push_back({
        .name = "head",
        .make = [](client_rig& rig) -> result<std::string> {
            const auto got = rig.run(rig.client.head("b", "k", deadline::never()));
            if (!got) return got.error();
            return got->etag.str() + " " + std::to_string(got->size);
        },
        .answers = {no_body(owned + "Content-Length: 37\r\n")},
    });
    all.push_back({
        .name = "remove",
        .make = [](client_rig& rig
                ) { return done(rig.run(rig.client.remove("b", "k", deadline::never()))); },
        .answers = {no_body("", "204 No Content")},
        .missing_is_fine = true,
    });
    all.push_back({
        .name = "remove_if_match",
        .make =
            [](client_rig& rig) {
                remove_request what = placed(remove_request());
                what.if_match = "\"e\"";
                return done(rig.run(rig.client.remove_object(what, deadline::never())));
            },
        .answers = {no_body("", "204 No Content")},
        .repeats = false,
        .missing_is_fine = true,
    });
    all.push_back({
        .name = "copy",
        .make = [](client_rig& rig) { return copy(rig, false); },
        .answers = {document("CopyObjectResult", "<ETag>e</ETag><LastModified>t</LastModified>")},
    });
    all.push_back({
        .name = "copy_if_absent",
        .make = [](client_rig& rig) { return copy(rig, true); },
        .answers = {document("CopyObjectResult", "<ETag>e</ETag><LastModified>t</LastModified>")},
        .repeats = false,
    });
    all.push_back({
        .name = "tags",
        .make = [](client_rig& rig) -> result<std::string> {
            const auto got = rig.run(rig.client.tags("b", "k", "", deadline::never()));
            if (!got) return got.error();
            std::string text;
            for (const auto& [name, value] : *got)
                text += name + "=" + value + " ";
            return text;
        },
        .answers =
            {document("Tagging", "<TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet>")},
    });
    all.push_back({
        .name = "set_tags",
        .make =
            [](client_rig& rig) {
                const tag_map tags = {{"a", "1"}};
                return done(rig.run(rig.client.set_tags("b", "k", "", tags, deadline::never())));
            },
        .answers = {empty_answer()},
    });
    all.push_back({
        .name = "remove_tags",
        .make =
            [](client_rig& rig) {
                const tag_map none;
                return done(rig.run(rig.client.set_tags("b", "k", "", none, deadline::never())));
            },
        .answers = {no_body("", "204 No Content")},
    });
    return all;
}

std::vector<tried_call> calls_on_uploads() {
    std::vector<tried_call> all;
    all.push_back({
        .name = "create_upload",
        .make = [](client_rig& rig) -> result<std::string> {
            const auto what = placed(create_upload_request());
            const auto got = rig.run(rig.client.create_upload(what, deadline::never()));
            if (!got) return got.error();
            return got->id;
        },
        .answers = {document("InitiateMultipartUploadResult", "<UploadId>u</UploadId>")},
    });
    all.push_back({
        .name = "upload_part",
        .make = [](client_rig& rig) -> result<std::string> {
            upload_part_request what = placed(upload_part_request());
            what.upload_id = "u";
            memory_source body(as_bytes(sent_bytes));
            const auto got = rig.run(rig.client.upload_part(what, body, deadline::never()));
            if (!got) return got.error();
            return got->etag;
        },
        .answers = {empty_answer(owned)},
        .about = subject::upload,
    });
    all.push_back({
        .name = "copy_part",
        .make = [](client_rig& rig) -> result<std::string> {
            copy_part_request what = placed(copy_part_request());
            what.from.bucket = "b";
            what.from.key = "a";
            what.upload_id = "u";
            const auto got = rig.run(rig.client.copy_part(what, deadline::never()));
            if (!got) return got.error();
            return got->etag;
        },
        .answers = {document("CopyPartResult", "<ETag>e</ETag>")},
        .about = subject::upload,
    });
    all.push_back({
        .name = "complete_upload",
        .make = [](client_rig& rig) -> result<std::string> {
            complete_upload_request what = placed(complete_upload_request());
            what.upload_id = "u";
            what.parts.resize(1);
            what.parts[0].etag = "\"e\"";
            return rig.run(rig.client.complete_upload(what, deadline::never()));
        },
        .answers = {document("CompleteMultipartUploadResult", "<ETag>e</ETag>")},
        .about = subject::upload,
        .gives_back = true,
        .repeats = false,
    });
    all.push_back({
        .name = "abort_upload",
        .make =
            [](client_rig& rig) {
                return done(rig.run(rig.client.abort_upload("b", "k", "u", deadline::never())));
            },
        .answers = {no_body("", "204 No Content")},
        .about = subject::upload,
        .missing_is_fine = true,
    });
    all.push_back({
        .name = "list_parts",
        .make = [](client_rig& rig) -> result<std::string> {
            list_parts_request what;
            what.bucket = "b";
            what.key = "k";
            what.upload_id = "u";
            const auto got = rig.run(rig.client.list_parts(what, deadline::never()));
            if (!got) return got.error();
            std::string text;
            for (const finished_part& each : *got)
                text += std::to_string(each.number) + ":" + std::to_string(each.size) + " ";
            return text;
        },
        .answers =
            {document(
                 "ListPartsResult",
                 "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>"
                 "<Part><PartNumber>1</PartNumber><Size>7</Size></Part>"
             ),
             document("ListPartsResult", "<Part><PartNumber>2</PartNumber><Size>8</Size></Part>")},
        .about = subject::upload,
    });
    all.push_back({
        .name = "list_uploads",
        .make = [](client_rig& rig) -> result<std::string> {
            list_uploads_request what;
            what.bucket = "b";
            const auto got = rig.run(rig.client.list_uploads(what, deadline::never()));
            if (!got) return got.error();
            std::string text;
            for (const open_upload& each : *got)
                text += each.key + ":" + each.upload_id + " ";
            return text;
        },
        .answers =
            {document(
                 "ListMultipartUploadsResult",
                 "<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
                 "<NextUploadIdMarker>u</NextUploadIdMarker>"
                 "<Upload><Key>k</Key><UploadId>u</UploadId></Upload>"
             ),
             document(
                 "ListMultipartUploadsResult", "<Upload><Key>l</Key><UploadId>v</UploadId></Upload>"
             )},
        .about = subject::bucket,
    });
    return all;
}

std::vector<tried_call> calls_on_buckets() {
    std::vector<tried_call> all;
    all.push_back({
        .name = "list",
        .make = list,
        .answers = {document(
            "ListBucketResult",
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
            "<Contents><Key>k</Key><Size>3</Size></Contents>"
        )},
        .about = subject::bucket,
    });
    all.push_back({
        .name = "list_first_version",
        .make = list,
        .answers = {document(
            "ListBucketResult",
            "<IsTruncated>true</IsTruncated><Contents><Key>k</Key><Size>3</Size></Contents>"
        )},
        .about = subject::bucket,
        .adjust = [](client_options& options) { options.able.list_second_version = false; },
    });
    all.push_back({
        .name = "remove_many",
        .make = [](client_rig& rig) -> result<std::string> {
            remove_many_request what;
            what.bucket = "b";
            what.objects = {{"a", ""}, {"k", ""}};
            const auto got = rig.run(rig.client.remove_many(what, deadline::never()));
            if (!got) return got.error();
            return got->empty() ? std::string("done") : got->front().key + got->front().code;
        },
        .answers = {document(
            "DeleteResult",
            "<Deleted><Key>a</Key></Deleted><Error><Key>k</Key><Code>AccessDenied</Code></Error>"
        )},
        .about = subject::bucket,
    });
    all.push_back({
        .name = "create_bucket",
        .make = [](client_rig& rig
                ) { return done(rig.run(rig.client.create_bucket("b", deadline::never()))); },
        .answers = {empty_answer("Location: /b\r\n")},
        .about = subject::bucket,
    });
    all.push_back({
        .name = "remove_bucket",
        .make = [](client_rig& rig
                ) { return done(rig.run(rig.client.remove_bucket("b", deadline::never()))); },
        .answers = {no_body("", "204 No Content")},
        .about = subject::bucket,
        .missing_is_fine = true,
    });
    all.push_back({
        .name = "bucket_location",
        .make = [](client_rig& rig
                ) { return rig.run(rig.client.bucket_location("b", deadline::never())); },
        .answers = {document("LocationConstraint", "eu-west-3")},
        .about = subject::bucket,
    });
    all.push_back({
        .name = "head_bucket",
        .make = [](client_rig& rig
                ) { return done(rig.run(rig.client.head_bucket("b", deadline::never()))); },
        .answers = {no_body("x-amz-bucket-region: us-east-1\r\n")},
        .about = subject::bucket,
    });
    all.push_back({
        .name = "lifecycle",
        .make = [](client_rig& rig) -> result<std::string> {
            const auto got = rig.run(rig.client.lifecycle("b", deadline::never()));
            if (!got) return got.error();
            std::string text;
            for (const lifecycle_rule& each : *got)
                text += each.id + " ";
            return text;
        },
        .answers = {document("LifecycleConfiguration", "<Rule><ID>r</ID></Rule>")},
        .about = subject::bucket,
    });
    return all;
}

} // namespace

const std::vector<tried_call>& every_call() {
    static const std::vector<tried_call> all = [] {
        std::vector<tried_call> made = calls_on_objects();
        for (auto more : {calls_on_uploads(), calls_on_buckets()})
            for (tried_call& each : more)
                made.push_back(std::move(each));
        return made;
    }();
    return all;
}

} // namespace sluice::s3::faults
