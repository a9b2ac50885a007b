// s3client: what the engine needs of an object store. The S3 client implements it; so may a model
// of S3.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/body.hpp>
#include <sluice/s3/requests.hpp>

#include <string>
#include <vector>

namespace sluice::s3 {

/// One bucket service at one endpoint. Requests are referred to until the task ends: name them
/// first.
///
/// Every operation retries inside `by` by the retry rules and returns the last failure when that is
/// over. Unclear answers to writes (connection lost, 5xx, NoSuchUpload on complete) are returned as
/// they are: settling them needs knowledge that only the caller has. Cancellation: terminal at
/// every await; the store stays usable, the connection in use is closed.
class object_store {
  public:
    virtual ~object_store() = default;

    /// 412 is precondition_failed, also when an earlier attempt of this call may have caused it.
    virtual task<result<put_receipt>>
    put(const put_request& what, body_source& from, deadline by) = 0;
    /// Continues a truncated body from the byte reached, under If-Match. Errors also: changed,
    /// unexpected_range, no_such_key. `to` sees each byte once, unless `begin` is called again.
    virtual task<result<object_head>> get(const get_request& what, body_sink& to, deadline by) = 0;
    virtual task<result<object_head>>
    head(const std::string& bucket, const std::string& key, deadline by) = 0;
    /// Success also when the key did not exist.
    virtual task<result<void>>
    remove(const std::string& bucket, const std::string& key, deadline by) = 0;
    virtual task<result<list_page>> list(const list_request& what, deadline by) = 0;

    virtual task<result<created_upload>>
    create_upload(const create_upload_request& what, deadline by) = 0;
    virtual task<result<part_receipt>>
    upload_part(const upload_part_request& what, body_source& from, deadline by) = 0;
    /// A 200 that carries an error is that error. Returns the ETag (some stores answer an empty
    /// one).
    virtual task<result<std::string>>
    complete_upload(const complete_upload_request& what, deadline by) = 0;
    /// Success also when the upload is gone.
    virtual task<result<void>> abort_upload(
        const std::string& bucket, const std::string& key, const std::string& upload_id, deadline by
    ) = 0;
    /// All pages. Errors: no_such_upload.
    virtual task<result<std::vector<finished_part>>>
    list_parts(const list_parts_request& what, deadline by) = 0;
    /// All pages below the prefix.
    virtual task<result<std::vector<open_upload>>>
    list_uploads(const list_uploads_request& what, deadline by) = 0;
};

} // namespace sluice::s3
