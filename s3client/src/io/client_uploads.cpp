// s3client: multipart uploads.
#include "../core/checksum_headers.hpp"
#include "../core/xml_documents.hpp"
#include "client_impl.hpp"
#include "kept_answer.hpp"

#include <sluice/s3/error.hpp>

#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace sluice::s3 {

task<result<created_upload>>
client_impl::create_upload(const create_upload_request& what, deadline by) {
    call c(build_create_upload(what, options_.send_checksums));
    if (c.why) co_return c.failed();
    created_upload made_one;
    c.examine = [&made_one](const answer& good) {
        made_one.abort_at = read_abort_date(good.head);
        return keep(read_upload_id(good.text), made_one.id);
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(made_one);
}

namespace {

/// Without reading it: that would take memory.
bool tells(const response_head& head, const checksum& sum) {
    if (sum.algorithm == checksum::kind::none) return false;
    const auto text = head.find(checksum_header(sum.algorithm));
    return text && *text == encode_checksum(sum);
}

} // namespace

task<result<part_receipt>>
client_impl::upload_part(const upload_part_request& what, body_source& from, deadline by) {
    call c(&what, options_.send_checksums, requests_);
    if (c.why) co_return c.failed();
    part_receipt receipt;
    receipt.sum = what.sum;
    c.send_body(from, receipt.sum, what.compute);
    c.is_part = true;
    c.examine = [&receipt, &what](const answer& good) {
        if (tells(good.head, what.sum)) receipt.told = what.sum;
        return keep(read_etag(good.head), receipt.etag);
    };
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
    if (!c.has_worked()) co_return c.failed();
    etags_.stored(from.size(), receipt.sum, receipt.etag);
    co_return std::move(receipt);
}

task<result<part_receipt>> client_impl::copy_part(const copy_part_request& what, deadline by) {
    call c(build_copy_part(what));
    if (c.why) co_return c.failed();
    c.thinks_long = true;
    part_receipt receipt;
    c.examine = [&receipt](const answer& good) -> result<void> {
        if (const auto hidden = read_hidden_failure(good, subject::upload)) return *hidden;
        auto read = read_copied(good.text, "CopyPartResult");
        if (!read) return read.error();
        receipt.etag = std::move(read->etag);
        return result<void>();
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(receipt);
}

task<result<std::string>>
client_impl::complete_upload(const complete_upload_request& what, deadline by) {
    call c(build_complete_upload(what, options_.send_checksums));
    if (c.why) co_return c.failed();
    c.unclear = unclear_outcome::give_back;
    c.safe_to_repeat = false;
    c.thinks_long = true;
    std::string etag;
    c.examine = [&etag](const answer& good) -> result<void> {
        // The status was sent before the server knew: the error, if any, is in the body.
        if (const auto hidden = read_hidden_failure(good, subject::upload)) return *hidden;
        return keep(read_completed(good.text), etag);
    };
    if (!co_await perform(c, by)) co_return c.failed();
    co_return std::move(etag);
}

task<result<void>> client_impl::abort_upload(
    const std::string& bucket, const std::string& key, const std::string& upload_id, deadline by
) {
    call c(build_abort_upload(bucket, key, upload_id));
    if (c.why) co_return c.failed();
    const bool done = co_await perform(c, by);
    if (!done && c.why->code != s3_errc::no_such_upload) co_return c.failed();
    co_return result<void>();
}

task<result<std::vector<finished_part>>>
client_impl::list_parts(const list_parts_request& what, deadline by) {
    std::vector<finished_part> all;
    std::set<std::string> seen; ///< markers
    page_marker from;
    while (true) {
        call c(build_list_parts(what, from));
        if (c.why) co_return c.failed();
        parts_page page;
        c.examine = [&page](const answer& good) { return keep(read_parts(good.text), page); };
        if (!co_await perform(c, by)) co_return c.failed();
        all.insert(
            all.end(),
            std::make_move_iterator(page.parts.begin()),
            std::make_move_iterator(page.parts.end())
        );
        if (page.next_marker.empty()) co_return std::move(all);
        if (page.parts.empty() || !seen.insert(page.next_marker).second)
            co_return named(not_advancing("the list of parts"), c);
        from.key = page.next_marker;
    }
}

task<result<std::vector<open_upload>>>
client_impl::list_uploads(const list_uploads_request& what, deadline by) {
    std::vector<open_upload> all;
    std::set<std::string> seen; ///< markers: uploads of one key come in no order
    page_marker from;
    while (true) {
        call c(build_list_uploads(what, from));
        if (c.why) co_return c.failed();
        uploads_page page;
        c.examine = [&page, &what](const answer& good) {
            return keep(read_uploads(good.text, what.prefix), page);
        };
        if (!co_await perform(c, by)) co_return c.failed();
        all.insert(
            all.end(),
            std::make_move_iterator(page.uploads.begin()),
            std::make_move_iterator(page.uploads.end())
        );
        if (page.next_key.empty()) co_return std::move(all);
        const bool same_key = page.next_key == from.key;
        if (!same_key) seen.clear();
        if (page.next_key < from.key || !seen.insert(page.next_upload).second)
            co_return named(not_advancing("the list of uploads"), c);
        from.key = page.next_key;
        from.upload = page.next_upload;
    }
}

} // namespace sluice::s3
