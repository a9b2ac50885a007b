// simulation: S3 as one process meets it, with all that can go wrong on the way.
#pragma once

#include "bucket.hpp"
#include "life.hpp"

#include <sluice/s3/object_store.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>

namespace sluice::simulation {

/// How often, of 1,000 requests.
struct weather {
    unsigned refused = 0;   ///< 503, 500, connection refused: nothing happens
    unsigned lost = 0;      ///< it happens, and the answer is lost
    unsigned late = 0;      ///< an answer is not waited for, and it happens up to a minute later
    unsigned conflict = 0;  ///< conditional writes: 409
    unsigned forgotten = 0; ///< an upload is aborted by a rule of the bucket
    std::chrono::milliseconds slowest{20};
};

/// What all processes share.
struct cloud {
    explicit cloud(boost::asio::io_context& on) : context(on) {}

    boost::asio::io_context& context;
    std::map<std::string, bucket> buckets;
    std::mt19937_64 random;
    weather now;
    bool honours_conditions = true;
    bool tells_checksums = true;   ///< HEAD knows a CRC64NVME of the whole object
    bool forgets_completed = true; ///< a second completion is told NoSuchUpload
    std::chrono::milliseconds listing_lag{0};
    std::uint64_t requests = 0;
    std::uint64_t made = 0;                       ///< names for ETags and uploads
    std::map<std::string, bool> down;             ///< by bucket: it answers nothing but 503
    std::function<void(const std::string&)> tell; ///< null: nobody listens

    bool happens(unsigned of_thousand) { return random() % 1000 < of_thousand; }
    std::vector<std::string> violations() const;
};

class store final : public s3::object_store {
  public:
    store(std::shared_ptr<life> whose, cloud& of) : whose_(std::move(whose)), of_(of) {}

    task<result<s3::put_receipt>>
    put(const s3::put_request& what, s3::body_source& from, deadline by) override;
    task<result<s3::object_head>>
    get(const s3::get_request& what, s3::body_sink& to, deadline by) override;
    task<result<s3::object_head>>
    head(const std::string& bucket, const std::string& key, deadline by) override;
    task<result<void>>
    remove(const std::string& bucket, const std::string& key, deadline by) override;
    task<result<s3::list_page>> list(const s3::list_request& what, deadline by) override;
    task<result<s3::created_upload>>
    create_upload(const s3::create_upload_request& what, deadline by) override;
    task<result<s3::part_receipt>>
    upload_part(const s3::upload_part_request& what, s3::body_source& from, deadline by) override;
    task<result<std::string>>
    complete_upload(const s3::complete_upload_request& what, deadline by) override;
    task<result<void>> abort_upload(
        const std::string& bucket, const std::string& key, const std::string& upload_id, deadline by
    ) override;
    task<result<std::vector<s3::finished_part>>>
    list_parts(const s3::list_parts_request& what, deadline by) override;
    task<result<std::vector<s3::open_upload>>>
    list_uploads(const s3::list_uploads_request& what, deadline by) override;

  private:
    /// `act` changes and looks at the bucket; it owns what it needs, since it may run when nobody
    /// waits for it any more.
    template <class T>
    task<result<T>>
    ask(std::string in, std::string where, bool conditional, std::function<result<T>(bucket&)> act);

    std::shared_ptr<life> whose_;
    cloud& of_;
};

} // namespace sluice::simulation
