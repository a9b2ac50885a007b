// s3client: one bucket, for programs that want whole objects and no more.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/s3/object_store.hpp>
#include <sluice/s3/process_environment.hpp>
#include <sluice/s3/requests.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::s3 {

/// Objects by their keys. Each call is one request, but for listings; who wants ranges, parts,
/// conditions or metadata makes the requests of object_store.hpp. Without a deadline, a call ends
/// by the client's limits: it may take as long as bytes keep coming.
///
/// Errors: those of object_store, and where it is told. Cancellation: terminal; the bucket stays
/// usable. Lifetime: the bucket outlives the tasks of its calls; copies share the store.
class bucket {
  public:
    bucket(std::shared_ptr<object_store> at, std::string name);

    const std::string& name() const { return name_; }
    object_store& store() const { return *at_; }

    /// Over whatever is there. A checksum goes along, where the store takes one.
    task<result<put_receipt>>
    put(std::string key, std::string text, deadline by = deadline::never()) const;
    /// Errors also: errc::limit_exceeded above 256 MiB.
    task<result<std::string>> get(std::string key, deadline by = deadline::never()) const;
    /// A file that stays as it is meanwhile; it is read in the calling thread. Errors also:
    /// errc::not_found, errc::io_error, errc::limit_exceeded above 5 GiB.
    task<result<put_receipt>>
    put_file(std::string key, std::string path, deadline by = deadline::never()) const;
    /// The file is there when all of it is; until then it is `path` + ".part". It is written in the
    /// calling thread, and not synced. Errors also: errc::disk_full, errc::not_found (a directory),
    /// errc::io_error.
    task<result<object_head>>
    get_file(std::string key, std::string path, deadline by = deadline::never()) const;
    /// Success also when there was no such object.
    task<result<void>> remove(std::string key, deadline by = deadline::never()) const;
    /// Every object below the prefix, by the order of their keys' bytes. Errors also:
    /// malformed_answer for pages that are not one listing.
    task<result<std::vector<listed_object>>>
    list(std::string prefix, deadline by = deadline::never()) const;

  private:
    std::shared_ptr<object_store> at_;
    std::string name_;
};

/// With a client of its own: see find_client_options. Errors: its, and those of create_client.
result<bucket>
open_bucket(any_io_executor on, std::string name, const environment& env = process_environment());

} // namespace sluice::s3
