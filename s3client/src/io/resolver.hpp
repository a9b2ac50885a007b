// s3client: names to addresses, kept for a minute.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace sluice::s3 {

class resolver {
  public:
    explicit resolver(any_io_executor on) : on_(std::move(on)) {}

    /// All addresses of `host`, numeric, beginning with another one each time. A numeric host is
    /// its own address. Cancellation: terminal; the system's look-up itself cannot be stopped and
    /// ends by itself.
    task<boost::system::result<std::vector<std::string>>>
    resolve(const std::string& host, deadline by);
    /// After a failed connect: the next call asks again.
    void forget(const std::string& host) { known_.erase(host); }

  private:
    struct entry {
        std::vector<std::string> addresses;
        deadline until = deadline::never();
        std::size_t turn = 0;
    };
    any_io_executor on_;
    std::map<std::string, entry> known_;
};

} // namespace sluice::s3
