"""A web server for client tests that answers what it was told."""

from werkzeug.wrappers import Request


class Scripted:
    """A server that gives the answers it was told, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked: list[Request] = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.get_data()
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(environ, start_response)

    @property
    def cookies(self):
        return [request.headers["Cookie"] for request in self.asked]
