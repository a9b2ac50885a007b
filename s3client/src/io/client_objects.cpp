// s3client: objects: put, get, head, remove, copy, and their tags.
#include "../core/xml_documents.hpp"
#include "client_impl.hpp"
#include "kept_answer.hpp"

#include <sluice/s3/error.hpp>

#include <tuple>
#include <utility>

namespace sluice::s3 {

task<result<put_receipt>>
client_impl::put(const put_request& what, body_source& from, deadline by) {
    call c(&what, options_.send_checksums, requests_);
    if (c.why) co_return c.failed();
    put_receipt receipt;
    receipt.sum = what.sum;
    c.send_body(from, receipt.sum, what.compute);
    c.safe_to_repeat = !what.if_none_match && what.if_match.empty();
    c.sum_is_wrong = what.sum_is_wrong;
    c.examine = [&receipt](const answer& good) {
        receipt.version_id = read_version(good.head);
        return keep(read_etag(good.head), receipt.etag);
    };
    if (!co_await perform(c, by)) co_return c.failed();
    etags_.stored(from.size(), receipt.sum, receipt.etag);
    co_return std::move(receipt);
}

task<result<object_head>> client_impl::get(const get_request& what, body_sink& to, deadline by) {
    call c(&what, asks_for_sums(), requests_);
    if (c.why) co_return c.failed();
    c.to = &to;
    begin(c);
    while (c.goes_on()) {
        if (c.step == call_step::park) {
            parked_wait waiting = wait_of(c);
            const auto late = co_await std::move(waiting);
            after_wait(c, std::get<error_code>(late), by);
        } else {
            task<bool> work = start(c, by);
            after(c, co_await std::move(work));
        }
    }
    if (c.has_worked()) co_return c.data->progress.take_object();
    const bool is_conditional = c.data ? c.data->progress.is_conditional() : !what.if_match.empty();
    if (c.why->code == s3_errc::precondition_failed && is_conditional)
        c.why->code = s3_errc::changed;
    co_return c.failed();
}

task<result<object_head>>
client_impl::head(const std::string& bucket, const std::string& key, deadline by) {
    head_request what;
    what.bucket = bucket;
    what.key = key;
    co_return co_await head(what, by);
}

task<result<object_head>> client_impl::head(const head_request& what, deadline by) {
    call c(build_head(what, options_.send_checksums));
    if (c.why) co_return c.failed();
    object_head head;
    c.examine = [&head](const answer& good) { return keep(read_object_head(good.head), head); };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(head);
}

task<result<void>>
client_impl::remove(const std::string& bucket, const std::string& key, deadline by) {
    remove_request what;
    what.bucket = bucket;
    what.key = key;
    const auto removed = co_await remove_object(what, by);
    if (!removed) co_return removed.error();
    co_return result<void>();
}

task<result<removal_receipt>> client_impl::remove_object(const remove_request& what, deadline by) {
    call c(build_remove(what));
    if (c.why) co_return c.failed();
    c.safe_to_repeat = what.if_match.empty();
    removal_receipt receipt;
    c.examine = [&receipt](const answer& good) {
        receipt = read_removal(good.head);
        return result<void>();
    };
    const bool done = co_await perform(c, by);
    if (!done && c.why->code != s3_errc::no_such_key) co_return c.failed();
    co_return std::move(receipt);
}

task<result<std::vector<refused_removal>>>
client_impl::remove_many(const remove_many_request& what, deadline by) {
    call c(build_remove_many(what));
    if (c.why) co_return c.failed();
    std::vector<refused_removal> refused;
    c.examine = [&refused, &what](const answer& good) -> result<void> {
        if (const auto hidden = read_hidden_failure(good, subject::bucket)) return *hidden;
        auto read = read_removals(good.text);
        if (!read) return read.error();
        // Every object is answered for, or the answer is none.
        if (read->removed.size() + read->refused.size() < what.objects.size()) {
            failure why;
            why.code = s3_errc::malformed_answer;
            why.where = "the answer does not tell of all objects";
            return why;
        }
        refused = std::move(read->refused);
        return result<void>();
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(refused);
}

task<result<copy_receipt>> client_impl::copy(const copy_request& what, deadline by) {
    call c(build_copy(what, options_.send_checksums));
    if (c.why) co_return c.failed();
    c.safe_to_repeat = !what.if_none_match && what.if_match.empty();
    c.thinks_long = true;
    copy_receipt receipt;
    c.examine = [&receipt](const answer& good) -> result<void> {
        if (const auto hidden = read_hidden_failure(good, subject::object)) return *hidden;
        auto read = read_copied(good.text, "CopyObjectResult");
        if (!read) return read.error();
        receipt.etag = std::move(read->etag);
        receipt.last_modified = std::move(read->last_modified);
        receipt.version_id = read_version(good.head);
        receipt.source_version_id = good.head.text("x-amz-copy-source-version-id");
        return result<void>();
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(receipt);
}

task<result<tag_map>> client_impl::tags(
    const std::string& bucket, const std::string& key, const std::string& version_id, deadline by
) {
    call c(build_get_tags(bucket, key, version_id));
    if (c.why) co_return c.failed();
    tag_map tags;
    c.examine = [&tags](const answer& good) { return keep(read_tags(good.text), tags); };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(tags);
}

task<result<void>> client_impl::set_tags(
    const std::string& bucket,
    const std::string& key,
    const std::string& version_id,
    const tag_map& tags,
    deadline by
) {
    auto made = tags.empty() ? build_remove_tags(bucket, key, version_id)
                             : build_put_tags(bucket, key, version_id, tags);
    call c(std::move(made));
    if (c.why) co_return c.failed();
    if (!co_await perform(c, by)) co_return c.failed();
    co_return result<void>();
}

result<std::string> client_impl::presign(const presign_request& what) {
    if (!is_ready_to_sign()) {
        failure why;
        why.code = s3_errc::no_credentials;
        why.where = "presign: there are no credentials that are good now: make any request before";
        return why;
    }
    return s3::presign(what, endpoint_of(what.bucket), options_.who, store_time());
}

} // namespace sluice::s3
