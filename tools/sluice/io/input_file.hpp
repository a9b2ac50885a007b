// tools: stdin or a file, read in large pieces.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>

#include <string>
#include <utility>

namespace sluice::command {

class input_file {
  public:
    /// `path` "-" is stdin. Errors: errc::not_found, errc::io_error, naming the path.
    static result<input_file> open(const std::string& path);
    input_file(input_file&& other) noexcept
        : name_(std::move(other.name_)), file_(std::exchange(other.file_, -1)) {}
    input_file& operator=(input_file&& other) noexcept {
        std::swap(name_, other.name_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~input_file();

    /// As the person knows it.
    const std::string& name() const { return name_; }
    /// Whether a read would wait for whoever writes.
    bool must_wait() const;
    /// The bytes read, at most `room`; empty at the end. May block. Errors: errc::io_error.
    result<bytes_view> read(bytes_span room) const;

  private:
    input_file(std::string name, int file) : name_(std::move(name)), file_(file) {}

    std::string name_;
    int file_ = -1;
};

} // namespace sluice::command
