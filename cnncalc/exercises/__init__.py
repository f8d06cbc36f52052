"""Exercises: answers judged, slips named, quizzes made."""
